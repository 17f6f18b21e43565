/** What the methods of the bench are given: households in one order, their fold, features and future at each cut-off. */
import { openDuckdb } from '#engines/index.ts';
import { quantile } from '#kernels/metrics.ts';
import { foldOf } from '#learners/index.ts';
import { numberColumn, type Table } from '#table/index.ts';
import type { BgNbd } from '#value/index.ts';
import { featuresAt, type Moment } from './features.ts';
import { readLines, WINDOW } from './lines.ts';
import { peerFeatures } from './peer-features.ts';

export const TIERS = 5;
export const FOLDS = 5;
/** Later cut-offs give training households more rows; their futures are shorter. */
export const CUTS = [182, 196, 210, 224, 238, 252, 266] as const;

export interface World {
  /** The 35 features of the peers, with id and y. */
  readonly peers: Table;
  /** [households] spend of days 182..363. */
  readonly y: Float64Array;
  /** [households] 0..4, of the protocol. */
  readonly fold: Int32Array;
  /** Features and future of each of CUTS. */
  readonly moments: ReadonlyMap<number, Moment>;
}

/** One thread, so that sums come in one order and their last bits are the same each time. */
export async function worldOf(folder: string): Promise<World> {
  const compute = await openDuckdb({ threads: 1 });
  try {
    await readLines(compute, folder);
    const peers = await peerFeatures(compute);
    const moments = new Map<number, Moment>();
    // Parameters of all households' buying are taken from the days that all may be known of.
    let lives: BgNbd | undefined;
    for (const cut of CUTS) {
      const found = await featuresAt(compute, cut, lives);
      lives ??= found.lives;
      moments.set(cut, found);
    }
    const ids = peers.columns.id!;
    if (ids.kind !== 'text') throw new TypeError('id is text');
    const fold = Int32Array.from(ids.codes, (code) => foldOf(ids.dictionary[code]!, FOLDS));
    return { peers, y: numberColumn(peers, 'y').values, fold, moments };
  } finally {
    await compute.close();
  }
}

/** The features that the judged predictions are made from. */
export const judgedMoment = (world: World): Moment => world.moments.get(WINDOW)!;

/** A feature of the judged cut-off. */
export const judgedFeature = (world: World, name: string): Float64Array =>
  numberColumn(judgedMoment(world).features, name).values;

/** Quantiles at 20, 40, 60 and 80 % of `values` in `rows`. */
export function cutsOf(values: ArrayLike<number>, rows: ArrayLike<number>): number[] {
  const sorted = Float64Array.from(rows, (i) => values[i]!).sort();
  return [0.2, 0.4, 0.6, 0.8].map((share) => quantile(sorted, share));
}

/** The tier of a value: how many cuts lie strictly below it. */
export const tierOf = (value: number, cuts: readonly number[]): number => cuts.filter((cut) => value > cut).length;
