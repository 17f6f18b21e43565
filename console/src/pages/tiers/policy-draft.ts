/** A tier policy as it is being edited: the policy that the form makes, what is wrong with it, and its YAML. */
import type { TierPolicy, Tiers } from '../../api/types.ts';
import type { Key } from '../../i18n/index.tsx';

export const KINDS = ['share', 'money', 'capacity', 'profit'] as const;
export type Kind = (typeof KINDS)[number];

export interface DraftTier {
  readonly key: string;
  readonly en: string;
  readonly zh: string;
  /** Of customers; that of the lowest tier is what the others leave. */
  readonly share: number;
  readonly aboveMinor: number;
  readonly places: number;
  readonly costMinor: number;
  readonly upliftShare: number;
}

export interface Draft {
  readonly kind: Kind;
  /** Lowest first. */
  readonly tiers: readonly DraftTier[];
  readonly hysteresis: number;
  readonly dwellDays: number;
  readonly isSure: boolean;
  readonly promoteAbove: number;
  readonly demoteAbove: number;
  readonly withBenefits: boolean;
  readonly basis: 'assumed' | 'measured';
}

const UPLIFT_STEP = 0.03;
const TIERS_MAX = 12;
export const canAdd = ({ tiers }: Draft): boolean => tiers.length < TIERS_MAX;
export const canRemove = ({ tiers }: Draft): boolean => tiers.length > 2;

/**
 * The policy in force, with numbers for the other kinds of cuts that come near to the present tiers: their shares, cuts
 * and sizes, and benefits that pay for themselves from the present cuts on.
 */
export function draftOf(policy: TierPolicy, { rows, cutsMinor }: Pick<Tiers, 'rows' | 'cutsMinor'>): Draft {
  const { cuts } = policy;
  let cost = 0;
  const tiers = policy.tiers.map(({ key, en, zh, benefit }, k) => {
    const above = k === 0 ? 0 : cuts.by === 'money' ? cuts.aboveMinor[k - 1] : cutsMinor?.[k - 1];
    cost += Math.max(0, Math.round((above ?? 0) * UPLIFT_STEP));
    const row = rows.find((each) => each.key === key);
    return {
      key,
      en,
      zh,
      share: (cuts.by === 'share' ? cuts.shares[k] : undefined) ?? Number((row?.shareCustomers ?? 0).toFixed(3)),
      aboveMinor: above ?? 0,
      places: (k > 0 && cuts.by === 'capacity' ? cuts.places[k - 1] : undefined) ?? Math.max(1, row?.customers ?? 1),
      costMinor: benefit?.costMinor ?? cost,
      upliftShare: benefit?.upliftShare ?? Number((UPLIFT_STEP * k).toFixed(4)),
    };
  });
  const stated = policy.tiers.flatMap(({ benefit }) => (benefit === undefined ? [] : [benefit]));
  return {
    kind: cuts.by,
    tiers,
    hysteresis: policy.hysteresis,
    dwellDays: policy.dwellDays,
    isSure: policy.chances !== undefined,
    promoteAbove: policy.chances?.promoteAbove ?? 0.8,
    demoteAbove: policy.chances?.demoteAbove ?? 0.8,
    withBenefits: stated.length > 0,
    basis: stated.some(({ basis }) => basis === 'assumed') || stated.length === 0 ? 'assumed' : 'measured',
  };
}

/** What the higher tiers leave to the lowest. */
export const lowestShare = ({ tiers }: Draft): number =>
  Number((1 - tiers.slice(1).reduce((sum, { share }) => sum + share, 0)).toFixed(6));

export const hasBenefits = ({ kind, withBenefits }: Draft): boolean => kind === 'profit' || withBenefits;

export function policyOf(draft: Draft): TierPolicy {
  const { tiers, kind, hysteresis, dwellDays, isSure, promoteAbove, demoteAbove, basis } = draft;
  const higher = tiers.slice(1);
  const cuts: Record<Kind, () => TierPolicy['cuts']> = {
    share: () => ({ by: 'share', shares: [lowestShare(draft), ...higher.map(({ share }) => share)] }),
    money: () => ({ by: 'money', aboveMinor: higher.map(({ aboveMinor }) => aboveMinor) }),
    capacity: () => ({ by: 'capacity', places: higher.map(({ places }) => places) }),
    profit: () => ({ by: 'profit' }),
  };
  return {
    tiers: tiers.map(({ key, en, zh, costMinor, upliftShare }, k) => ({
      key,
      en,
      zh,
      ...(hasBenefits(draft) && (k > 0 || costMinor > 0 || upliftShare > 0)
        ? { benefit: { costMinor, upliftShare, basis } }
        : {}),
    })),
    cuts: cuts[kind](),
    hysteresis,
    dwellDays,
    ...(isSure ? { chances: { promoteAbove, demoteAbove } } : {}),
  };
}

/** What keeps the draft from being a policy; undefined when nothing does. */
export function problemOf(draft: Draft): Key | undefined {
  const { kind, tiers } = draft;
  const higher = tiers.slice(1);
  const rises = (of: (tier: DraftTier) => number, list: readonly DraftTier[] = higher) =>
    list.every((tier, k) => k === 0 || of(tier) > of(list[k - 1] ?? tier));
  if (tiers.some(({ en, zh }) => en.trim() === '' || zh.trim() === '')) return 'editor.problem.names';
  if (kind === 'share' && (lowestShare(draft) <= 0 || higher.some(({ share }) => share <= 0)))
    return 'editor.problem.shares';
  if (kind === 'money' && !rises((tier) => tier.aboveMinor)) return 'editor.problem.money';
  if (kind === 'profit' && !rises((tier) => tier.upliftShare, tiers)) return 'editor.problem.uplift';
  return undefined;
}

/** A new tier above the others. */
export function withTier(draft: Draft): Draft {
  const keys = new Set(draft.tiers.map(({ key }) => key));
  let number = draft.tiers.length + 1;
  while (keys.has(`tier-${number}`)) number++;
  const top = draft.tiers.at(-1);
  if (top === undefined) return draft;
  const [half, rest] = [Number((top.share / 2).toFixed(4)), Number((top.share - top.share / 2).toFixed(4))];
  const added: DraftTier = {
    key: `tier-${number}`,
    en: `Tier ${number}`,
    zh: `第${number}级`,
    share: half,
    aboveMinor: top.aboveMinor * 2 + 1,
    places: Math.max(1, Math.floor(top.places / 2)),
    costMinor: top.costMinor * 2,
    upliftShare: Number((top.upliftShare + UPLIFT_STEP).toFixed(4)),
  };
  return { ...draft, tiers: [...draft.tiers.slice(0, -1), { ...top, share: rest }, added] };
}

export const withoutTier = (draft: Draft, key: string): Draft => ({
  ...draft,
  tiers: draft.tiers.filter((tier) => tier.key !== key),
});

const PLAIN = /^\p{L}[\p{L}\p{N} -]*$/u;
const RESERVED = /^(?:true|false|yes|no|on|off|null|y|n)$/i;
const yamlText = (text: string): string => (PLAIN.test(text) && !RESERVED.test(text) ? text : JSON.stringify(text));

/** The lines for tierwise.yaml. */
export function yamlOf({ tiers, cuts, hysteresis, dwellDays, chances }: TierPolicy): string {
  const inline = (value: object) =>
    `{ ${Object.entries(value)
      .map(([key, part]) => `${key}: ${Array.isArray(part) ? `[${part.join(', ')}]` : part}`)
      .join(', ')} }`;
  const name = ({ key, en, zh, benefit }: TierPolicy['tiers'][number]) =>
    [
      `key: ${yamlText(key)}`,
      `en: ${yamlText(en.trim())}`,
      `zh: ${yamlText(zh.trim())}`,
      ...(benefit === undefined ? [] : [`benefit: ${inline(benefit)}`]),
    ].join(', ');
  return [
    'tiers:',
    '  tiers:',
    ...tiers.map((tier) => `    - { ${name(tier)} }`),
    `  cuts: ${inline(cuts)}`,
    `  hysteresis: ${hysteresis}`,
    `  dwellDays: ${dwellDays}`,
    ...(chances === undefined ? [] : [`  chances: ${inline(chances)}`]),
    '',
  ].join('\n');
}
