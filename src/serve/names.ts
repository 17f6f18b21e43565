/** What keys are called, in both languages. A key without a name is shown as it is. */
import { RFM_SEGMENTS } from '#value/index.ts';
import { at, textAt } from './facts.ts';

export interface Bilingual {
  readonly en: string;
  readonly zh: string;
}

export type Names = ReadonlyMap<string, Bilingual>;

export const tagNames = (): Names => new Map();
export const segmentNames = (): Names => new Map(RFM_SEGMENTS.map((segment) => [segment.key, segment]));

export const named = (keys: readonly string[], names: Names): { key: string; en: string; zh: string }[] =>
  keys.map((key) => ({ key, ...(names.get(key) ?? { en: key, zh: key }) }));

/** The tiers of the policy in the report, lowest first; where the report has none, those of the data. */
export function tierNames(
  report: unknown,
  seen: readonly { key: string; index: number }[],
): { key: string; index: number; en: string; zh: string }[] {
  const listed = at(report, 'policy', 'tiers');
  const policy = (Array.isArray(listed) ? listed : []).flatMap((tier: unknown, index) => {
    const key = textAt(tier, 'key');
    if (key === null) return [];
    return [{ key, index, en: textAt(tier, 'en') ?? key, zh: textAt(tier, 'zh') ?? key }];
  });
  if (seen.every(({ key, index }) => policy[index]?.key === key)) return policy;
  const names = new Map(policy.map((tier) => [tier.key, tier]));
  return seen.map(({ key, index }) => ({ key, index, en: names.get(key)?.en ?? key, zh: names.get(key)?.zh ?? key }));
}
