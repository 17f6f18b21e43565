/** An allocation from an analyst's own table of effects: what the command `allocate` does. */
import { type Compute, literal, needColumns, quoted, relationOf } from '#engines/index.ts';
import { known } from '#errors.ts';
import { numberColumn, numbers, type Table, type TextColumn, table, textColumn } from '#table/index.ts';
import { type Allocation, allocate } from './allocate.ts';
import type { Bounds, Options } from './options.ts';

export interface EffectsFile {
  /** A row a customer and offer: .parquet, .csv, .tsv, .jsonl, each but Parquet also with .gz. */
  readonly file: string;
  /** Column names, matched exactly. */
  readonly customer: string;
  readonly offer: string;
  readonly value: string;
  readonly cost: string;
  /** Customers at most by offer: a file with the offer column, and `max` or one other column. */
  readonly maxPerOffer?: string;
}

export interface AllocationReport {
  readonly customers: number;
  readonly offers: number;
  /** Customers who get an offer. */
  readonly assigned: number;
  readonly spent: number;
  readonly value: number;
  readonly upperBound: number;
  readonly gap: number;
  /** Value over cost of what is given; null where nothing is spent. */
  readonly roi: number | null;
  /** Value of one more unit of budget. */
  readonly shadowPrice: number;
  readonly perOffer: readonly {
    readonly offer: string;
    readonly customers: number;
    readonly spent: number;
    readonly value: number;
    readonly most: number | null;
    /** Value of one more place. */
    readonly placePrice: number;
  }[];
  readonly curve: Allocation['curve'];
}

export interface AllocatedFile {
  readonly report: AllocationReport;
  /** customer, offer, value, cost of those who get one */
  assignments(): Table;
}

/** Money is counted in so many parts of a unit, so that sums are exact. */
const PARTS = 10_000;

/**
 * Reads effects and allocates. Costs are rounded up to a ten-thousandth.
 *
 * @throws FILE_UNREADABLE, FILE_COLUMN_MISSING, ALLOCATION_BAD: values or costs that are no numbers or below 0, an offer twice
 *   for one customer, a limit of an unknown offer, a budget below 0
 */
export async function allocateFile(
  compute: Compute,
  effects: EffectsFile,
  bounds: Bounds & { readonly curve?: boolean },
): Promise<AllocatedFile> {
  if (!(bounds.budget >= 0 && Number.isFinite(bounds.budget)))
    throw known('ALLOCATION_BAD', { what: `a budget of ${bounds.budget}`, expected: 'a number of 0 or more' });
  if (bounds.minRoi !== undefined && !(bounds.minRoi >= 0 && Number.isFinite(bounds.minRoi)))
    throw known('ALLOCATION_BAD', { what: `a minimum return of ${bounds.minRoi}`, expected: 'a number of 0 or more' });
  const read = await readEffects(compute, effects);
  const options = optionsOf(read, await limitsOf(compute, effects, read.offers));
  const inParts = { ...bounds, budget: Math.floor(bounds.budget * PARTS + 1e-6) };
  const result = allocate(options, inParts, { curve: bounds.curve === true });
  return { report: reportOf(result, options, read), assignments: () => assignmentsOf(result, options, read) };
}

interface Effects {
  /** [customers + 1] rows of each customer */
  readonly offsets: Int32Array;
  /** [rows] code of the offer, by customer and offer; money in parts */
  readonly offer: Int32Array;
  readonly value: Float64Array;
  readonly cost: Float64Array;
  /** Of customers, by code. */
  readonly ids: TextColumn;
  readonly offers: readonly string[];
}

const TABLES = ['effects', 'offers', 'customers', 'sorted'] as const;

async function readEffects(compute: Compute, effects: EffectsFile): Promise<Effects> {
  const relation = await relationOf(compute, effects.file);
  await needColumns(compute, relation, effects.file, [effects.customer, effects.offer, effects.value, effects.cost]);
  const [value, cost] = [effects.value, effects.cost].map((name) => `try_cast(${quoted(name)} as double)`);
  const rows = `select ${quoted(effects.customer)}::varchar customer, ${quoted(effects.offer)}::varchar offer, ${value} "value", ${cost} "cost" from ${relation}`;
  await refuseBad(compute, rows, effects);
  try {
    await compute.run(`create or replace temp table allocation_tmp_offers as
      select offer, (row_number() over (order by offer) - 1)::integer code from (select distinct offer from (${rows}))`);
    await compute.run(`create or replace temp table allocation_tmp_customers as
      select customer, n, (row_number() over (order by customer) - 1)::integer code
      from (select customer, count(*)::integer n from (${rows}) group by customer)`);
    await compute.run(`create or replace temp table allocation_tmp_sorted as
      select o.code offer, e."value" * ${PARTS} "value", ceil(e."cost" * ${PARTS} - 1e-6) "cost"
      from (${rows}) e join allocation_tmp_customers c using (customer) join allocation_tmp_offers o using (offer)
      order by c.code, o.code`);
    // a column at a time: what is read as numbers of eight bytes is soon let go of
    const column = async (name: string) =>
      numberColumn(await compute.table(`select "${name}" from allocation_tmp_sorted`), name).values;
    const offer = Int32Array.from(await column('offer'));
    const people = await compute.table('select customer, n from allocation_tmp_customers order by code');
    const names = textColumn(await compute.table('select offer from allocation_tmp_offers order by code'), 'offer');
    const offers = Array.from(names.codes, (code) => names.dictionary[code]!);
    const ids = textColumn(people, 'customer');
    const offsets = new Int32Array(people.length + 1);
    for (const [c, n] of numberColumn(people, 'n').values.entries()) offsets[c + 1] = offsets[c]! + n;
    refuseTwice({ offsets, offer, ids, offers });
    return { offsets, offer, value: await column('value'), cost: await column('cost'), ids, offers };
  } finally {
    for (const name of TABLES) await compute.run(`drop table if exists allocation_tmp_${name}`);
  }
}

async function refuseBad(compute: Compute, rows: string, { file }: EffectsFile): Promise<void> {
  const wrong = `customer is null or offer is null or "value" is null or not isfinite("value") or abs("value") > 1e11
    or "cost" is null or not isfinite("cost") or "cost" < 0 or "cost" > 1e11`;
  const [count] = await compute.rows<{ n: number; read: number }>(
    `select count(*) filter (${wrong}) n, count(*) as read from (${rows})`,
  );
  if (count!.n === 0) return;
  const [bad] = await compute.rows<{
    place: number;
    customer: string | null;
    offer: string | null;
    value: number | null;
    cost: number | null;
  }>(`select * from (select *, row_number() over () as place from (${rows})) where ${wrong} order by place limit 1`);
  throw known('ALLOCATION_BAD', {
    what: `row ${bad!.place} of ${file} with customer ${bad!.customer}, offer ${bad!.offer}, value ${bad!.value}, cost ${bad!.cost}`,
    expected: 'both ids, a value that is a number, and a cost of 0 or more',
  });
}

function refuseTwice({ offsets, offer, ids, offers }: Pick<Effects, 'offsets' | 'offer' | 'ids' | 'offers'>): void {
  for (let c = 0; c + 1 < offsets.length; c++)
    for (let row = offsets[c]! + 1; row < offsets[c + 1]!; row++)
      if (offer[row] === offer[row - 1])
        throw known('ALLOCATION_BAD', {
          what: `offer ${offers[offer[row]!]} more than once for customer ${ids.dictionary[ids.codes[c]!]}`,
          expected: 'a row a customer and offer',
        });
}

/** [offers] customers at most. */
async function limitsOf(compute: Compute, { maxPerOffer: file, offer }: EffectsFile, offers: readonly string[]) {
  const most = new Float64Array(offers.length).fill(Number.POSITIVE_INFINITY);
  if (file === undefined) return most;
  const relation = await relationOf(compute, file);
  const columns = [...(await needColumns(compute, relation, file, [offer])).keys()];
  const described = await compute.rows<{ column_name: string }>(`describe select * from ${relation}`);
  const others = described.map(({ column_name: name }) => name).filter((name) => name !== offer);
  const limit = others.find((name) => name === 'max') ?? (others.length === 1 ? others[0] : undefined);
  if (limit === undefined)
    throw known('ALLOCATION_BAD', {
      what: `a limits file with the columns ${[...columns, ...others].join(', ')}`,
      expected: `the columns ${offer} and max`,
    });
  const rows = await compute.rows<{ offer: string | null; most: number | null }>(
    `select ${quoted(offer)}::varchar offer, try_cast(${quoted(limit)} as double) most from ${relation}`,
  );
  for (const row of rows) {
    const at = offers.indexOf(row.offer ?? '');
    if (at < 0)
      throw known('ALLOCATION_BAD', {
        what: `a limit for the offer ${literal(row.offer ?? '')}, of which there are no effects`,
        expected: `one of ${offers.slice(0, 10).join(', ')}`,
      });
    if (row.most === null || !(row.most >= 0))
      throw known('ALLOCATION_BAD', {
        what: `a limit of ${row.most} for the offer ${row.offer}`,
        expected: 'a number of 0 or more',
      });
    most[at] = Math.floor(row.most);
  }
  return most;
}

function optionsOf({ offsets, offer, value, cost }: Effects, most: Float64Array): Options {
  const customers = offsets.length - 1;
  const limited = most.some((places) => places < customers);
  return { customers, offsets, value, cost, kinds: limited ? [{ of: offer, most }] : [] };
}

function reportOf(
  { given, assigned, spent, value, upperBound, gap, prices, curve }: Allocation,
  options: Options,
  { offers, offer }: Effects,
): AllocationReport {
  const own = offers.map(() => ({ customers: 0, spent: 0, value: 0 }));
  for (const row of given) {
    if (row < 0) continue;
    const of = own[offer[row]!]!;
    of.customers++;
    of.spent += options.cost[row]!;
    of.value += options.value[row]!;
  }
  const [limits] = options.kinds;
  return {
    ...{ customers: options.customers, offers: offers.length, assigned },
    ...{ spent: spent / PARTS, value: value / PARTS, upperBound: upperBound / PARTS, gap },
    roi: spent > 0 ? value / spent : null,
    shadowPrice: prices.budget,
    perOffer: offers.map((name, k) => ({
      ...{ offer: name, customers: own[k]!.customers, spent: own[k]!.spent / PARTS, value: own[k]!.value / PARTS },
      most: limits !== undefined && Number.isFinite(limits.most[k]!) ? limits.most[k]! : null,
      placePrice: (prices.limits[0]?.[k] ?? 0) / PARTS,
    })),
    curve: curve.map((point) => ({ ...point, budget: point.budget / PARTS, value: point.value / PARTS })),
  };
}

function assignmentsOf({ given }: Allocation, { value, cost }: Options, { offer, ids, offers }: Effects): Table {
  const who = Int32Array.from(given.keys()).filter((c) => given[c]! >= 0);
  const taken = who.map((c) => given[c]!);
  return table({
    customer: { kind: 'text', codes: who.map((c) => ids.codes[c]!), dictionary: ids.dictionary },
    offer: { kind: 'text', codes: Int32Array.from(taken, (row) => offer[row]!), dictionary: offers },
    value: numbers(Float64Array.from(taken, (row) => value[row]! / PARTS)),
    cost: numbers(Float64Array.from(taken, (row) => cost[row]! / PARTS)),
  });
}
