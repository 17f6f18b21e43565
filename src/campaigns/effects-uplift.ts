/**
 * Effects by an uplift model, where it foretells those of past campaigns better than the groups do: both are fitted on two
 * thirds of the past contacts and asked of the other third, three times; the model is taken only where its gain is surely
 * above nothing.
 *
 * What is compared are squared distances to the transformed outcome y (t - e) / (e (1 - e)), whose mean is the effect; y is
 * the margin less that of the held out of the campaign, which takes the season away.
 *
 * @see Athey, Imbens (2016), PNAS 113(27), for the transformed outcome
 */
import { fnv1a32 } from '#kernels/random.ts';
import {
  type NumberColumn,
  numberColumn,
  numbers,
  type Table,
  type TextColumn,
  table,
  take,
  textAt,
  textColumn,
  texts,
} from '#table/index.ts';
import { fitUplift, predictUplift, type UpliftModel } from '#uplift/index.ts';
import type { Basis, EffectSource, Given } from './effects.ts';
import type { Contacts } from './history.ts';
import { byDepth, depthBandOf, type PastCell } from './past.ts';
import type { Audience } from './people.ts';
import { shrunkEffects } from './shrink.ts';
import type { Band, Habit } from './strata.ts';
import { stratumOf, traitsOf } from './strata.ts';

/** Fewer contacts than this on a side teach a model nothing that groups do not know. */
const SIDE_LEAST = 500;
const FOLDS = 3;
const HELD = 'holdout';

export interface Weighed {
  readonly chosen: 'groups' | 'uplift';
  readonly contacts: number;
  /** By how much the model's squared distance to the outcome is below that of the groups, a contact; and its error. */
  readonly gain: number;
  readonly gainSe: number;
}

interface Options {
  readonly seed: number;
  /** [offers] depth of each offer among the audience; see `EffectSource.depths`. */
  readonly depths: readonly number[];
}

/**
 * The better of two sources.
 *
 * @param groups the effects of groups, which stay where the model is not surely better
 */
export function betterEffects(
  groups: EffectSource,
  audience: Audience,
  contacts: Contacts,
  { seed, depths }: Options,
): EffectSource {
  if (groups.basis.kind === 'assumption') return groups;
  const past = pastOf(contacts);
  const treated = past.treated.reduce((sum, own) => sum + own, 0);
  if (Math.min(treated, past.count - treated) < SIDE_LEAST)
    return noted(groups, `an uplift model was not weighed: fewer than ${SIDE_LEAST} contacts on a side`);
  const weighed = weigh(past, seed);
  const share = (money: number) => Math.round(money).toLocaleString('en-US');
  const told = `gain ${share(weighed.gain)} ± ${share(1.96 * weighed.gainSe)} in squared distance a contact, over ${weighed.contacts} contacts of past campaigns that neither was fitted on`;
  if (weighed.chosen === 'groups')
    return noted(groups, `groups were taken: an uplift model did not surely foretell effects better (${told})`);
  return withModel(groups, audience, past, {
    seed,
    depths,
    weighed,
    why: `an uplift model was taken: it foretells effects better than groups (${told})`,
  });
}

function noted(source: EffectSource, note: string): EffectSource {
  return { ...source, basis: { ...source.basis, notes: [...source.basis.notes, note] } };
}

interface Past {
  readonly table: Table;
  readonly count: number;
  readonly customer: TextColumn;
  readonly campaign: readonly string[];
  readonly treated: Float64Array;
  /** Of the treated; NaN: not known, or held out. */
  readonly depth: Float64Array;
  readonly traits: readonly (readonly string[])[];
  readonly margin: Float64Array;
  readonly bought: Float64Array;
  readonly discount: Float64Array;
}

function pastOf({ table: rows, count }: Contacts): Past {
  const text = (name: string) => {
    const column = textColumn(rows, name);
    return (i: number) => textAt(column, i);
  };
  const [tier, band, habit, campaign] = ['tier', 'band', 'habit', 'campaign'].map(text);
  const values = (name: string) => numberColumn(rows, name).values;
  const depth: NumberColumn = numberColumn(rows, 'depth');
  const all = Array.from({ length: count }, (_, i) => i);
  return {
    ...{ table: rows, count },
    customer: textColumn(rows, 'customer_id'),
    campaign: all.map((i) => campaign!(i) ?? ''),
    treated: values('treated'),
    depth: depth.values.map((own, i) => (depth.valid?.[i] === 0 ? Number.NaN : own)),
    traits: all.map((i) => traitsOf(tier!(i), band!(i) as Band, habit!(i) as Habit)),
    ...{ margin: values('margin'), bought: values('bought'), discount: values('discount') },
  };
}

const bandOfRow = ({ depth }: Past, i: number): string => depthBandOf(Number.isNaN(depth[i]!) ? null : depth[i]!);

/** Margin less the mean of the held out of the campaign among `rows`; what held-out rows lack is that of all. */
function levelled(past: Past, rows: readonly number[]): (i: number) => number {
  const sums = new Map<string, { n: number; sum: number }>();
  for (const i of rows) {
    if (past.treated[i] === 1) continue;
    const before = sums.get(past.campaign[i]!) ?? { n: 0, sum: 0 };
    sums.set(past.campaign[i]!, { n: before.n + 1, sum: before.sum + past.margin[i]! });
  }
  return (i) => {
    const found = sums.get(past.campaign[i]!);
    return past.margin[i]! - (found === undefined ? 0 : found.sum / found.n);
  };
}

const FEATURES = ['days', 'orders', 'coupons', 'spend', 'tier'] as const;

function fitted(past: Past, rows: readonly number[], seed: number): UpliftModel {
  const level = levelled(past, rows);
  const own = take(past.table, Int32Array.from(rows));
  return fitUplift(
    table({
      ...Object.fromEntries(FEATURES.map((name) => [name, own.columns[name]!])),
      arm: texts(rows.map((i) => (past.treated[i] === 1 ? bandOfRow(past, i) : HELD))),
      outcome: numbers(Float64Array.from(rows, level)),
    }),
    { arm: 'arm', control: HELD, outcome: 'outcome', features: FEATURES, method: 'r', seed },
  );
}

/** Effect of a depth on a row, by groups that were formed on other rows. */
function grouped(past: Past, rows: readonly number[]): (i: number, band: string) => number {
  const cells = rows.map(
    (i): PastCell => ({
      ...{ traits: past.traits[i]!, campaign: past.campaign[i]!, treated: past.treated[i] === 1, n: 1 },
      depth: Number.isNaN(past.depth[i]!) ? null : past.depth[i]!,
      ...{
        margin: past.margin[i]!,
        marginSquares: past.margin[i]! ** 2,
        buyers: past.bought[i]!,
        discount: past.discount[i]!,
      },
    }),
  );
  const known = cells.filter(({ depth }) => depth !== null);
  const mean = known.reduce((sum, { depth }) => sum + depth!, 0) / Math.max(1, known.length);
  const { bands, margin, discounts } = byDepth(cells, mean);
  const given =
    discounts.reduce((sum, each) => sum + each.sum, 0) /
    Math.max(
      1,
      discounts.reduce((sum, each) => sum + each.n, 0),
    );
  const effects = shrunkEffects(margin, given);
  const memory = new Map<string, number>();
  return (i, band) => {
    const traits = bands.size === 0 ? past.traits[i]! : [...past.traits[i]!, band];
    const key = stratumOf(traits);
    const found = memory.get(key) ?? (bands.get(band) ?? 1) * effects.mean(traits);
    memory.set(key, found);
    return found;
  };
}

function weigh(past: Past, seed: number): Weighed {
  const fold = Array.from({ length: past.count }, (_, i) => fnv1a32(textAt(past.customer, i) ?? '') % FOLDS);
  const all = [...fold.keys()];
  const gains: number[] = [];
  for (let k = 0; k < FOLDS; k++) {
    const train = all.filter((i) => fold[i] !== k);
    const asked = all.filter((i) => fold[i] === k);
    const byGroup = grouped(past, train);
    const { arms } = predictUplift(fitted(past, train, seed), take(past.table, Int32Array.from(asked)));
    const level = levelled(past, train);
    for (const { arm, effect } of arms) {
      const shares = sharesOf(past, arm);
      for (const [row, i] of asked.entries()) {
        const e = shares.get(past.campaign[i]!);
        const isTreated = past.treated[i] === 1;
        if (e === undefined || (isTreated && bandOfRow(past, i) !== arm)) continue;
        const outcome = (level(i) * ((isTreated ? 1 : 0) - e)) / (e * (1 - e));
        gains.push((outcome - byGroup(i, arm)) ** 2 - (outcome - effect[row]!) ** 2);
      }
    }
  }
  const n = gains.length;
  const gain = gains.reduce((sum, own) => sum + own, 0) / Math.max(1, n);
  const variance = gains.reduce((sum, own) => sum + (own - gain) ** 2, 0) / Math.max(1, n - 1);
  const gainSe = Math.sqrt(variance / Math.max(1, n));
  return { chosen: gain > 1.96 * gainSe ? 'uplift' : 'groups', contacts: n, gain, gainSe };
}

/** By campaign that tried the depth: the share of those who were given it, among them and the held out. */
function sharesOf(past: Past, arm: string): Map<string, number> {
  const counts = new Map<string, { given: number; held: number }>();
  for (let i = 0; i < past.count; i++) {
    const own = counts.get(past.campaign[i]!) ?? { given: 0, held: 0 };
    if (past.treated[i] === 0) own.held++;
    else if (bandOfRow(past, i) === arm) own.given++;
    counts.set(past.campaign[i]!, own);
  }
  return new Map(
    [...counts].flatMap(([name, { given, held }]) => (given > 0 && held > 0 ? [[name, given / (given + held)]] : [])),
  );
}

interface Chosen extends Options {
  readonly weighed: Weighed;
  readonly why: string;
}

/** The sources' discounts and chances to buy stay those of groups; effects are the model's of the depth that is nearest. */
function withModel(
  groups: EffectSource,
  audience: Audience,
  past: Past,
  { seed, depths, weighed, why }: Chosen,
): EffectSource {
  const model = fitted(
    past,
    Array.from({ length: past.count }, (_, i) => i),
    seed,
  );
  const { arms } = predictUplift(model, featuresOf(audience));
  const depthOfArm = new Map(arms.map(({ arm }) => [arm, meanDepth(past, arm)]));
  const carried = depths.map((depth) => {
    const far = ({ arm }: { arm: string }) => Math.abs(depthOfArm.get(arm)! - depth);
    const nearest = arms.reduce((best, each) => (far(each) < far(best) ? each : best));
    const own = depthOfArm.get(nearest.arm)!;
    const scale = own > 0 && depth > 0 ? Math.min(2, Math.max(0.5, depth / own)) : 1;
    return {
      effect: nearest.effect.map((each) => scale * each),
      error: nearest.standardError.map((each) => scale * each),
    };
  });
  const { basis } = groups;
  return {
    ...groups,
    kind: 'uplift',
    offers: groups.offers.map((offer, j) => ({ ...offer, effectMinor: carried[j]!.effect })),
    group: new Array<string>(audience.count).fill('uplift model'),
    standardError: (given, instead = []) => errorOf(carried, audience.count, given, instead),
    basis: { ...(basis as Exclude<Basis, { kind: 'assumption' }>), kind: 'uplift', weighed, notes: [why] },
  };
}

/** Errors of people rest on one line and move together: they are added up as they are, which is no less than the truth. */
function errorOf(
  carried: readonly { readonly error: Float64Array }[],
  count: number,
  given: Given,
  instead: Given,
): number {
  let total = 0;
  for (const [j, { error }] of carried.entries()) {
    const weight = new Int8Array(count);
    for (const i of Array.from(given[j] ?? [])) weight[i]! += 1;
    for (const i of Array.from(instead[j] ?? [])) weight[i]! -= 1;
    for (let i = 0; i < count; i++) if (weight[i] !== 0) total += error[i]!;
  }
  return total;
}

function meanDepth(past: Past, arm: string): number {
  const own = Array.from(past.depth).filter((depth, i) => !Number.isNaN(depth) && bandOfRow(past, i) === arm);
  return own.reduce((sum, depth) => sum + depth, 0) / Math.max(1, own.length);
}

function featuresOf({ recencyDays, past, tierCode, tierNames }: Audience): Table {
  const known = Uint8Array.from(recencyDays, (own) => (Number.isNaN(own) ? 0 : 1));
  return table({
    days: { ...numbers(recencyDays.map((own) => (Number.isNaN(own) ? 0 : own))), valid: known },
    ...{ orders: numbers(past.orders), coupons: numbers(past.coupons), spend: numbers(past.spend) },
    tier: { kind: 'text', codes: tierCode, dictionary: tierNames },
  });
}
