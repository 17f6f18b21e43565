/**
 * Who responds: which features the predicted effect hangs on, and, beside each, the effect that was measured where the
 * feature is low and where it is high, by people whom the predictions did not see.
 */
import { explain, meanSize } from '#explain/index.ts';
import { correlation } from '#kernels/metrics.ts';
import { type Column, type Table, take } from '#table/index.ts';
import { type Estimate, meanEstimate } from './average-effect.ts';
import { type Base, fitMean, predictMean } from './base.ts';

export interface DriverGroup {
  /** Of a number: rows from `least` to `most`; of text the category; of missing values null. */
  readonly least?: number;
  readonly most?: number;
  readonly category?: string | null;
  readonly people: number;
  readonly predicted: number;
  readonly measured: Estimate;
}

export interface Driver {
  readonly feature: string;
  /** Mean size of what the feature adds to or takes from a person's predicted effect, in units of the outcome. */
  readonly size: number;
  /** Where the predicted effect is lowest and highest. */
  readonly low: DriverGroup;
  readonly high: DriverGroup;
  /** The measured effects of the two differ by more than chance (95 %). */
  readonly confirmed: boolean;
  readonly words: { readonly en: string; readonly zh: string };
}

export interface Explanation {
  readonly drivers: readonly Driver[];
  /** Share of the variance of predicted effects that the explaining trees tell; below 0.8 read with care. */
  readonly told: number;
}

const TREES: Base = {
  ...{ kind: 'boosting', trees: 150, leaves: 8, learningRate: 0.1, minRows: 50, l2: 1, ridgeRows: 0 },
  ...{ featureShare: 1, rowShare: 1 },
};
/** Rows whose attributions are averaged. */
const ROWS_MOST = 2000;

/**
 * Explains predicted effects by trees that foretell them (exact attributions of those), and sets measured effects beside.
 *
 * @param predicted [rows] effects, out of fold
 * @param pseudo [rows] doubly robust pseudo-outcome
 * @param most drivers at most
 */
export function driversOf(
  data: Table,
  features: readonly string[],
  { predicted, pseudo }: { readonly predicted: Float64Array; readonly pseudo: Float64Array },
  { seed, threads, most = 5 }: { readonly seed: number; readonly threads?: number; readonly most?: number },
): Explanation {
  const options = { seed, ...(threads === undefined ? {} : { threads }) };
  const model = fitMean({ data, label: predicted, features }, TREES, { ...options, binary: false });
  const [trees] = model.parts;
  if (trees === undefined) return { drivers: [], told: 0 };
  const told = correlation(predictMean(model, data, threads), predicted) ** 2;
  const step = Math.max(1, Math.ceil(data.length / ROWS_MOST));
  const rows = Int32Array.from({ length: Math.floor(data.length / step) }, (_, i) => i * step);
  const attributions = explain(trees, take(data, rows), threads === undefined ? {} : { threads });
  const sizes = meanSize(attributions);
  const order = attributions.features
    .map((feature, f) => ({ feature, size: sizes[f]! }))
    .sort((a, b) => b.size - a.size || (a.feature < b.feature ? -1 : 1))
    .slice(0, most);
  return {
    told,
    drivers: order.flatMap(({ feature, size }) => {
      const groups = groupsOf(data, feature, predicted, pseudo);
      return groups === undefined ? [] : [driver(feature, size, groups)];
    }),
  };
}

interface Group {
  readonly least?: number;
  readonly most?: number;
  readonly category?: string | null;
  readonly rows: readonly number[];
}

/** Groups of fewer people say nothing. */
const PEOPLE_LEAST = 100;
const VALUES_FEW = 6;

function groupsOf(
  data: Table,
  feature: string,
  predicted: Float64Array,
  pseudo: Float64Array,
): { low: DriverGroup; high: DriverGroup } | undefined {
  const groups = partsOf(data.columns[feature]!).filter(({ rows }) => rows.length >= PEOPLE_LEAST);
  if (groups.length < 2) return undefined;
  const told = groups
    .map(({ rows, ...what }): DriverGroup => {
      const own = Float64Array.from(rows, (i) => pseudo[i]!);
      const mean = rows.reduce((sum, i) => sum + predicted[i]!, 0) / rows.length;
      return { ...what, people: rows.length, predicted: mean, measured: meanEstimate(own) };
    })
    .sort((a, b) => a.predicted - b.predicted);
  return { low: told[0]!, high: told.at(-1)! };
}

function partsOf(column: Column): Group[] {
  const missing: number[] = [];
  const present = new Map<number, number[]>();
  const keys = column.kind === 'text' ? column.codes : column.values;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const isMissing = column.kind === 'text' ? key < 0 : column.valid?.[i] === 0 || !Number.isFinite(key);
    if (isMissing) missing.push(i);
    else if (present.has(key)) present.get(key)!.push(i);
    else present.set(key, [i]);
  }
  const rest: Group[] = missing.length > 0 ? [{ category: null, rows: missing }] : [];
  if (column.kind === 'text')
    return [...rest, ...Array.from(present, ([code, rows]) => ({ category: column.dictionary[code]!, rows }))];
  const values = [...present.keys()].sort((a, b) => a - b);
  if (values.length <= VALUES_FEW)
    return [...rest, ...values.map((value) => ({ least: value, most: value, rows: present.get(value)! }))];
  return [...rest, ...thirds(values, present)];
}

/** Three groups of about equal size; people of one value are not parted. */
function thirds(values: readonly number[], rowsOf: ReadonlyMap<number, readonly number[]>): Group[] {
  const people = values.reduce((n, value) => n + rowsOf.get(value)!.length, 0);
  const out: { least: number; most: number; rows: number[] }[] = [];
  let seen = 0;
  for (const value of values) {
    const part = Math.min(2, Math.floor((3 * seen) / people));
    const own = rowsOf.get(value)!;
    const group = out[part] ?? out.at(-1);
    if (out.length === 0 || (part > out.length - 1 && group !== undefined))
      out.push({ least: value, most: value, rows: [...own] });
    else if (group !== undefined) {
      group.most = value;
      for (const row of own) group.rows.push(row);
    }
    seen += own.length;
  }
  return out;
}

function driver(feature: string, size: number, { low, high }: { low: DriverGroup; high: DriverGroup }): Driver {
  const [a, b] = [low.measured, high.measured];
  const gap = b.estimate - a.estimate;
  const confirmed = gap > 1.96 * Math.hypot(a.standardError, b.standardError);
  return { feature, size, low, high, confirmed, words: wordsOf(feature, low, high, confirmed) };
}

function wordsOf(feature: string, low: DriverGroup, high: DriverGroup, confirmed: boolean) {
  const [where, elsewhere] = [rangeOf(high), rangeOf(low)];
  const [a, b] = [short(high.measured.estimate), short(low.measured.estimate)];
  return {
    en: `${feature} ${where.en}: effect ${a}, against ${b} where it is ${elsewhere.en}${confirmed ? '' : ' (may be chance)'}`,
    zh: `${feature} ${where.zh}:效果 ${a};${elsewhere.zh}:${b}${confirmed ? '' : '(可能是偶然)'}`,
  };
}

function rangeOf({ least, most, category }: DriverGroup): { en: string; zh: string } {
  if (category === null) return { en: 'missing', zh: '缺失' };
  if (category !== undefined) return { en: `"${category}"`, zh: `“${category}”` };
  const [from, to] = [short(least!), short(most!)];
  return from === to ? { en: from, zh: from } : { en: `${from} to ${to}`, zh: `${from} 至 ${to}` };
}

const short = (value: number): string => String(Number(value.toPrecision(3)));
