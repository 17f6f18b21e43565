/**
 * Learns chances from an earlier moment: the candidates that customers had then, and what they bought within the horizon
 * after it. Whether they rank better than the walk is asked of customers that were not learned from.
 */
import type { Compute } from '#engines/index.ts';
import { KnownError } from '#errors.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { split } from '#kernels/random.ts';
import { fitLogistic } from '#learners/index.ts';
import { numberColumn, numbers, table } from '#table/index.ts';
import { readAudience } from './columns.ts';
import { eachPool, type ListModel } from './lists.ts';
import {
  AGAIN_FEATURES,
  againRow,
  type Chances,
  chanceOf,
  type LearnedRanker,
  NEW_FEATURES,
  newRow,
  type Ranker,
  WALK,
} from './ranker.ts';

export interface RankerTrial {
  readonly ranker: Ranker;
  /** NDCG at k of both on customers held out of learning; null where there is too little to learn from. */
  readonly validation: {
    readonly customers: number;
    readonly k: number;
    readonly learned: number;
    readonly walk: number;
  } | null;
}

export interface TrialOptions {
  /** Learn from what came after this moment, which the stage was made for, up to `until`. */
  readonly cutAt: number;
  readonly until: number;
  readonly seed: number;
  readonly k: number;
  /** Customers looked at, drawn by seed among those that had bought; default 1,200. */
  readonly customersMax?: number;
}

/** Fewer purchases teach nothing. */
const BOUGHT_MIN = 30;

/** Rows of one kind of candidate. */
interface Rows {
  readonly names: readonly string[];
  /** [features] columns */
  readonly columns: number[][];
  readonly label: number[];
  /** Customer of each row. */
  readonly who: number[];
  readonly weight: number[];
  /** What the walk says of each row. */
  readonly walk: number[];
}

const emptyRows = (names: readonly string[]): Rows => ({
  ...{ names, label: [], who: [], weight: [], walk: [] },
  columns: names.map(() => []),
});

/**
 * Compares the learned ranker with the walk on the staged moment `cutAt`, and gives the better one, fitted on all
 * customers that were looked at.
 *
 * @param model as learned at `cutAt`; its ranker is not used
 */
export async function trialRanker(compute: Compute, model: ListModel, options: TrialOptions): Promise<RankerTrial> {
  const { seed, k } = options;
  const { again, fresh, bought } = await rowsAt(compute, model, options);
  const isHeld = (customer: number) => split(seed, 'ranker', customer) % 2 === 0;
  const learned = rankerOf(again, fresh, options, (customer) => !isHeld(customer));
  if (learned === undefined) return { ranker: WALK, validation: null };
  const held = [...bought.keys()].filter(isHeld);
  const validation = {
    ...{ customers: held.length, k },
    learned: ndcgOf(held, bought, k, [again, fresh], (rows, r) =>
      chanceOf(rows === again ? learned.again : learned.fresh, rowOf(rows, r)),
    ),
    walk: ndcgOf(held, bought, k, [again, fresh], (rows, r) => rows.walk[r]!),
  };
  if (validation.learned <= validation.walk) return { ranker: WALK, validation };
  return { ranker: rankerOf(again, fresh, options, () => true) ?? WALK, validation };
}

/** The learned ranker of the staged moment `cutAt`; the walk where there is too little to learn from. */
export async function fitRanker(compute: Compute, model: ListModel, options: TrialOptions): Promise<Ranker> {
  const { again, fresh } = await rowsAt(compute, model, options);
  return rankerOf(again, fresh, options, () => true) ?? WALK;
}

const rowOf = ({ columns }: Rows, r: number): Float64Array => Float64Array.from(columns, (column) => column[r]!);

/**
 * Customers that had bought at the cut: three quarters of them such that bought afterwards, which teach most, the rest
 * such that did not; the weight of each makes up for its share being drawn.
 */
async function drawn(
  compute: Compute,
  { cutAt, until, seed, customersMax }: { cutAt: number; until: number; seed: number; customersMax: number },
): Promise<{ codes: number[]; weightOf: (code: number) => number }> {
  const known = await compute.table(
    `select c.code, exists (from order_lines l where l.customer_id = c.customer_id and l.status = 'paid'
        and l.ordered_at > $cutAt and l.ordered_at <= $until)::integer as came
    from recommend_tmp_customer c
    where c.personal and exists (from recommend_tmp_pair t where t.customer = c.code and t.buys > 0) order by 1`,
    { cutAt, until },
  );
  const came = numberColumn(known, 'came').values;
  const key = (code: number) => split(seed, 'learned-from', code);
  const all: [number[], number[]] = [[], []];
  for (const [i, code] of numberColumn(known, 'code').values.entries()) all[came[i]!]!.push(code);
  const [stayedAway, bought] = all.map((codes) => codes.sort((a, b) => key(a) - key(b) || a - b)) as typeof all;
  const buyers = bought.slice(0, Math.round(customersMax * 0.75));
  const others = stayedAway.slice(0, customersMax - buyers.length);
  const isBuyer = new Set(buyers);
  const [buyerWeight, otherWeight] = [bought.length / buyers.length, stayedAway.length / others.length];
  return { codes: [...buyers, ...others], weightOf: (code) => (isBuyer.has(code) ? buyerWeight : otherWeight) };
}

/** Candidates of drawn customers at the cut, and how many products each of them bought afterwards. */
async function rowsAt(compute: Compute, model: ListModel, { cutAt, until, seed, customersMax = 1200 }: TrialOptions) {
  const { codes, weightOf } = await drawn(compute, { cutAt, until, seed, customersMax });
  await compute.load('recommend_tmp_learned', table({ code: numbers(codes) }));
  const audience = await readAudience(compute, 'c.code in (select code::integer from recommend_tmp_learned)');
  const sold = await compute.table(
    `select distinct c.code, coalesce(p.code, -1) as product from order_lines l
      join recommend_tmp_customer c using (customer_id) left join recommend_tmp_product p using (product_id)
    where l.status = 'paid' and l.ordered_at > $cutAt and l.ordered_at <= $until
      and c.code in (select code::integer from recommend_tmp_learned) order by 1, 2`,
    { cutAt, until },
  );
  await compute.run('drop table recommend_tmp_learned');
  const bought = new Map<number, Set<number>>();
  const products = numberColumn(sold, 'product').values;
  for (const [i, code] of numberColumn(sold, 'code').values.entries())
    bought.set(code, (bought.get(code) ?? new Set()).add(products[i]!));
  const [again, fresh] = [emptyRows(AGAIN_FEATURES), emptyRows(NEW_FEATURES)];
  const row = new Float64Array(Math.max(AGAIN_FEATURES.length, NEW_FEATURES.length));
  eachPool(audience, { ...model, ranker: WALK }, (c, asked, pool) => {
    const code = audience.code[c]!;
    const own = bought.get(code);
    for (let i = 0; i < pool.count; i++) {
      const product = pool.product[i]!;
      const isAgain = pool.bought[product]! > 0;
      const rows = isAgain ? again : fresh;
      if (isAgain) againRow(row, i, asked, pool, model);
      else newRow(row, i, asked, pool, model);
      for (const [j, column] of rows.columns.entries()) column.push(row[j]!);
      rows.label.push(own?.has(product) === true ? 1 : 0);
      rows.who.push(code);
      rows.weight.push(weightOf(code));
      rows.walk.push(pool.chance[i]!);
    }
  });
  return { again, fresh, bought };
}

function rankerOf(
  again: Rows,
  fresh: Rows,
  { cutAt, until }: TrialOptions,
  use: (customer: number) => boolean,
): LearnedRanker | undefined {
  const horizonDays = Math.round((until - cutAt) / DAY_MS);
  const [a, b] = [chancesOf(again, use), chancesOf(fresh, use)];
  return a === undefined || b === undefined ? undefined : { kind: 'learned', horizonDays, again: a, fresh: b };
}

function chancesOf(rows: Rows, use: (customer: number) => boolean): Chances | undefined {
  const places: number[] = [];
  let bought = 0;
  for (const [r, customer] of rows.who.entries()) {
    if (!use(customer)) continue;
    places.push(r);
    bought += rows.label[r]!;
  }
  if (bought < BOUGHT_MIN || places.length - bought < BOUGHT_MIN) return undefined;
  const taken = (column: readonly number[]) => numbers(places.map((r) => column[r]!));
  const columns = Object.fromEntries(rows.names.map((name, j) => [name, taken(rows.columns[j]!)]));
  const data = table({ ...columns, label: taken(rows.label), weight: taken(rows.weight) });
  try {
    const model = fitLogistic(data, {
      ...{ task: 'classify', label: 'label', weight: 'weight', l1: 0, l2: 1, signedLog: false, standardise: true },
      ...{ classWeights: 'none', tolerance: 1e-6, iterationsMax: 200, threads: 1 },
    });
    return plainWeights(model, rows.names, { rows: places.length, bought });
  } catch (error) {
    if (error instanceof KnownError) return undefined;
    throw error;
  }
}

/** The standardised two-class model as one row of weights on the features as they are. */
function plainWeights(
  { inputs, coefficients, intercepts, classes }: ReturnType<typeof fitLogistic>,
  names: readonly string[],
  size: { rows: number; bought: number },
): Chances {
  const one = classes.indexOf('1');
  const against = (row: readonly number[]) => row[one]! - row[1 - one]!;
  let bias = against(intercepts);
  const weights = new Array<number>(names.length).fill(0);
  const means = new Array<number>(names.length).fill(0);
  for (const [i, { feature, center, scale }] of inputs.entries()) {
    const j = names.indexOf(feature);
    const weight = against(coefficients[i]!) / scale;
    weights[j] = weight;
    means[j] = center;
    bias -= weight * center;
  }
  return { features: names, bias, weights, means, ...size };
}

/** Mean NDCG at k over customers, the ideal over all that they bought. */
function ndcgOf(
  customers: readonly number[],
  bought: ReadonlyMap<number, ReadonlySet<number>>,
  k: number,
  kinds: readonly Rows[],
  score: (rows: Rows, r: number) => number,
): number {
  const lists = new Map<number, { score: number; label: number }[]>(customers.map((code) => [code, []]));
  for (const rows of kinds)
    for (const [r, code] of rows.who.entries()) lists.get(code)?.push({ score: score(rows, r), label: rows.label[r]! });
  let sum = 0;
  for (const [code, list] of lists) {
    list.sort((a, b) => b.score - a.score);
    let [gain, ideal] = [0, 0];
    for (let rank = 0; rank < Math.min(k, list.length); rank++) gain += list[rank]!.label / Math.log2(rank + 2);
    for (let rank = 0; rank < Math.min(k, bought.get(code)!.size); rank++) ideal += 1 / Math.log2(rank + 2);
    sum += gain / ideal;
  }
  return customers.length === 0 ? 0 : sum / customers.length;
}
