/** Past outcomes by group, campaign and side, and by how deep the offers were. */
import type { Cell } from './shrink.ts';
import { stratumOf } from './strata.ts';

/** People of one stratum, campaign, side and depth of offer. */
export interface PastCell {
  readonly traits: readonly string[];
  readonly campaign: string;
  readonly treated: boolean;
  /** Depth of the offer that the treated had; null: not known, or held out. */
  readonly depth: number | null;
  readonly n: number;
  /** Contribution margin after discounts and before the contact's cost, in minor units: sum, and sum of squares. */
  readonly margin: number;
  readonly marginSquares: number;
  /** Who placed an order within the window. */
  readonly buyers: number;
  /** Discounts of the campaign's own coupons. */
  readonly discount: number;
}

/** Offers of so deep a discount are taken for one kind. */
const DEPTH_BANDS = [
  { below: 0.075, name: 'to 7 %' },
  { below: 0.125, name: '8-12 %' },
  { below: 0.175, name: '13-17 %' },
  { below: Number.POSITIVE_INFINITY, name: '18 % and more' },
] as const;

export const depthBandOf = (depth: number | null): string =>
  depth === null ? 'unknown depth' : DEPTH_BANDS.find(({ below }) => depth < below)!.name;

export interface Pooled {
  readonly margin: readonly Cell[];
  readonly buyers: readonly Cell[];
  /** Given to the treated of each group. */
  readonly discounts: readonly { readonly group: string; readonly n: number; readonly sum: number }[];
}

export interface Past extends Pooled {
  /** Depth of a band's offers over the mean depth of all; empty where all past offers are of one band. */
  readonly bands: ReadonlyMap<string, number>;
}

/**
 * Past outcomes by stratum, and where offers of several depths were tried, by depth too: the depth is then one more
 * trait that groups share or not. Outcomes are divided by how deep the offer was beside the mean, so that a deeper offer
 * is not taken for a better group.
 *
 * @param mean depth of all treated, 0: not known
 */
export function byDepth(cells: readonly PastCell[], mean: number): Past {
  const bands = bandsOf(cells, mean);
  if (bands.size === 0) return { ...pooled(cells), bands };
  const ofCampaign = new Map<string, Set<string>>();
  for (const { treated, campaign, depth } of cells)
    if (treated) ofCampaign.set(campaign, (ofCampaign.get(campaign) ?? new Set()).add(depthBandOf(depth)));
  const scaled = cells.flatMap((cell) => {
    // who was held out is compared with each depth that the campaign tried
    const own = cell.treated ? [depthBandOf(cell.depth)] : [...(ofCampaign.get(cell.campaign) ?? [])];
    return own.map((band) => inBand(cell, band, bands.get(band)!));
  });
  return { ...pooled(scaled), bands };
}

function bandsOf(cells: readonly PastCell[], mean: number): Map<string, number> {
  const treated = cells.filter((cell) => cell.treated);
  const names = [...new Set(treated.map((cell) => depthBandOf(cell.depth)))].sort();
  const bands = new Map<string, number>();
  if (names.length < 2) return bands;
  for (const name of names) {
    const own = treated.filter((cell) => depthBandOf(cell.depth) === name && cell.depth !== null);
    const people = own.reduce((sum, cell) => sum + cell.n, 0);
    const depth = own.reduce((sum, cell) => sum + cell.n * cell.depth!, 0) / Math.max(1, people);
    bands.set(name, people > 0 && mean > 0 ? depth / mean : 1);
  }
  return bands;
}

const inBand = (cell: PastCell, band: string, depth: number): PastCell => ({
  ...cell,
  traits: [...cell.traits, band],
  margin: cell.margin / depth,
  marginSquares: cell.marginSquares / depth ** 2,
  discount: cell.discount / depth,
});

/** Cells added up by traits, campaign and side. */
export function pooled(cells: readonly PastCell[]): Pooled {
  const merged = new Map<string, PastCell & { readonly group: string }>();
  for (const cell of cells) {
    const own = { ...cell, group: stratumOf(cell.traits) };
    const key = JSON.stringify([own.group, own.campaign, own.treated]);
    const before = merged.get(key);
    merged.set(key, before === undefined ? own : added(before, own));
  }
  const all = [...merged.values()];
  const discounts = new Map<string, { n: number; sum: number }>();
  for (const { group, treated, n, discount } of all) {
    if (!treated) continue;
    const before = discounts.get(group) ?? { n: 0, sum: 0 };
    discounts.set(group, { n: before.n + n, sum: before.sum + discount });
  }
  const head = ({ group, traits, campaign, treated, n }: (typeof all)[number]) => ({
    group,
    traits,
    campaign,
    treated,
    n,
  });
  return {
    margin: all.map((cell) => ({ ...head(cell), sum: cell.margin, squares: cell.marginSquares })),
    buyers: all.map((cell) => ({ ...head(cell), sum: cell.buyers, squares: cell.buyers })),
    discounts: [...discounts].map(([group, sums]) => ({ group, ...sums })),
  };
}

const added = <T extends PastCell>(one: T, other: T): T => ({
  ...one,
  n: one.n + other.n,
  margin: one.margin + other.margin,
  marginSquares: one.marginSquares + other.marginSquares,
  buyers: one.buyers + other.buyers,
  discount: one.discount + other.discount,
});
