/** What a ranker may know of a user and a candidate at a moment, one column each. NaN where there is nothing to know. */
import { type NumberColumn, type Table, table } from '#table/index.ts';
import type { Candidates } from './candidates.ts';
import { type Desk, deskOf, sitDown } from './desk.ts';
import { HALF_LIVES, HALF_TRIPS, ITEM_FACTS, type Moment, USER_FACTS } from './moment.ts';

const PAIR = [
  'count',
  ...HALF_LIVES.map((days) => `count_half_${days}d`),
  'since_last',
  'since_first',
  'gap',
  'turns',
  'turns_of_item',
  'share_of_baskets',
  'rate',
  ...HALF_TRIPS.map((baskets) => `count_half_${baskets}_baskets`),
  'baskets_since_last',
  'turns_in_baskets',
] as const;

const CATEGORY = [
  'count',
  'count_28d',
  'count_56d',
  'kinds',
  'since_last',
  'fit',
  'part',
  'part_56d',
  'peers',
  'peers_fit',
] as const;
/** Of an item never had these say nothing; of a repeat the sources' places say nothing. */
export type Part = 'repeat' | 'explore';

/** Names of the columns of a part, in order. */
export function featureNames(moment: Moment, part: Part): string[] {
  return [
    ...(part === 'repeat' ? PAIR : []),
    ...USER_FACTS,
    ...ITEM_FACTS,
    'walk',
    'peers',
    ...moment.categories.flatMap(({ name }) => ['share', ...CATEGORY].map((of) => `${name}_${of}`)),
    ...(moment.columns.items ?? []).map(({ name }) => `item_${name}`),
    ...(moment.columns.users ?? []).map(({ name }) => `user_${name}`),
  ];
}

/** Number columns that grow; all are of the same length. */
export class FeatureRows {
  readonly names: readonly string[];
  length = 0;
  #columns: Float64Array[];

  constructor(names: readonly string[]) {
    this.names = names;
    this.#columns = names.map(() => new Float64Array(1024));
  }

  /** Columns with room for `more` rows from `length` on; `length` is moved on by the caller. */
  room(more: number): readonly Float64Array[] {
    const have = this.#columns[0]?.length ?? 0;
    if (this.length + more > have) {
      const size = Math.max(this.length + more, Math.ceil(have * 1.5));
      this.#columns = this.#columns.map((column) => {
        const grown = new Float64Array(size);
        grown.set(column.subarray(0, this.length));
        return grown;
      });
    }
    return this.#columns;
  }

  table(): Table {
    return table(
      Object.fromEntries(
        this.names.map((name, f): [string, NumberColumn] => [
          name,
          { kind: 'number', values: this.#columns[f]!.subarray(0, this.length) },
        ]),
      ),
    );
  }
}

/** Adds a row for each item of one part for the user at the desk. */
export function addFeatures(rows: FeatureRows, desk: Desk, items: Int32Array, part: Part): void {
  const columns = rows.room(items.length);
  const from = rows.length;
  let f = 0;
  const column = () => columns[f++]!;
  if (part === 'repeat') f = addPairs(columns, desk, items, from);
  const { users: userFacts, items: itemFacts, columns: given } = desk.moment;
  for (const name of USER_FACTS) column().fill(userFacts[name][desk.user]!, from, from + items.length);
  for (const name of ITEM_FACTS) copy(column(), itemFacts[name], items, from);
  copy(column(), desk.walk, items, from);
  copy(column(), desk.peers, items, from);
  for (const category of desk.categories) {
    copy(column(), category.of.share, items, from);
    addCategory(columns.slice(f, f + CATEGORY.length), desk, category, items, from);
    f += CATEGORY.length;
  }
  for (const { values } of given.items ?? []) copy(column(), values, items, from);
  for (const { values } of given.users ?? []) column().fill(values[desk.user]!, from, from + items.length);
  rows.length += items.length;
}

function copy(out: Float64Array, values: Float64Array, items: Int32Array, from: number): void {
  for (let n = 0; n < items.length; n++) out[from + n] = values[items[n]!]!;
}

function addPairs(columns: readonly Float64Array[], desk: Desk, items: Int32Array, from: number): number {
  const { counts, decayed, gaps, trips, users } = desk.moment;
  const [count, ...rest] = columns;
  const halves = rest.slice(0, HALF_LIVES.length);
  const [sinceLast, sinceFirst, gap, turns, turnsOfItem, share, rate, ...inTrips] = rest.slice(HALF_LIVES.length);
  const [tripsSince, tripTurns] = inTrips.slice(HALF_TRIPS.length);
  const baskets = Math.max(1, users.user_baskets[desk.user]!);
  for (let n = 0; n < items.length; n++) {
    const item = items[n]!;
    const e = desk.entryAt[item]!;
    const at = from + n;
    const own = gaps.gapCount[e]! > 0 ? gaps.gapSum[e]! / gaps.gapCount[e]! : Number.NaN;
    count![at] = counts.values[e]!;
    for (let h = 0; h < HALF_LIVES.length; h++) halves[h]![at] = decayed[h]![e]!;
    sinceLast![at] = gaps.sinceLast[e]!;
    sinceFirst![at] = gaps.sinceFirst[e]!;
    gap![at] = own;
    turns![at] = gaps.sinceLast[e]! / own;
    turnsOfItem![at] = gaps.sinceLast[e]! / Math.max(1e-9, gaps.itemGap[item]!);
    share![at] = counts.values[e]! / baskets;
    for (let h = 0; h < HALF_TRIPS.length; h++) inTrips[h]![at] = trips.decayed[h]![e]!;
    tripsSince![at] = trips.sinceLast[e]!;
    tripTurns![at] = (trips.sinceLast[e]! * trips.count[e]!) / baskets;
    rate![at] = counts.values[e]! / Math.max(14, gaps.sinceFirst[e]!);
  }
  return PAIR.length;
}

function addCategory(
  columns: readonly Float64Array[],
  desk: Desk,
  { of, entryAt, peers }: Desk['categories'][number],
  items: Int32Array,
  from: number,
): void {
  const [count, count28, count56, kinds, sinceLast, fit, part, part56, peer, peerFit] = columns;
  for (let n = 0; n < items.length; n++) {
    const item = items[n]!;
    const code = of.codes[item]!;
    const entry = code < 0 ? -1 : entryAt[code]!;
    const own = desk.entryAt[item]!;
    const at = from + n;
    const had = entry >= 0;
    count![at] = had ? of.counts.values[entry]! : 0;
    count28![at] = had ? of.decayed28[entry]! : 0;
    count56![at] = had ? of.decayed56[entry]! : 0;
    kinds![at] = had ? of.kinds[entry]! : 0;
    sinceLast![at] = had ? of.sinceLast[entry]! : Number.NaN;
    fit![at] = had ? of.decayed28[entry]! * of.share[item]! : 0;
    part![at] = own >= 0 && had ? desk.moment.counts.values[own]! / of.counts.values[entry]! : 0;
    part56![at] = own >= 0 && had ? desk.moment.decayed[2]![own]! / of.decayed56[entry]! : 0;
    peer![at] = code < 0 ? Number.NaN : peers[code]!;
    peerFit![at] = code < 0 ? 0 : peers[code]! * of.share[item]!;
  }
}

/**
 * The features of some candidates, as two tables: of the repeat part and of the explore part, rows in the order of the
 * candidates.
 */
export function rankFeatures(moment: Moment, candidates: Candidates): Readonly<Record<Part, Table>> {
  const desk = deskOf(moment);
  const rows = {
    repeat: new FeatureRows(featureNames(moment, 'repeat')),
    explore: new FeatureRows(featureNames(moment, 'explore')),
  };
  for (let at = 0; at < candidates.users.length; ) {
    const start = at;
    const user = candidates.users[at]!;
    const isNew = candidates.isNew[at]!;
    while (candidates.users[at] === user && candidates.isNew[at] === isNew) at++;
    if (desk.user !== user) sitDown(desk, user);
    const part = isNew === 1 ? 'explore' : 'repeat';
    addFeatures(rows[part], desk, candidates.items.subarray(start, at), part);
  }
  return { repeat: rows.repeat.table(), explore: rows.explore.table() };
}
