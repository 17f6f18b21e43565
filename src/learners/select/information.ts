/** How much a feature tells of a label, whatever the shape of the relation: mutual information. */
import type { Column, Table } from '#table/index.ts';
import type { Aim } from '../learner.ts';
import { targetOf } from '../target.ts';

export interface InformationOptions {
  /** Bins of a number, at most; default: the cube root of the rows, from 2 to 32, as bins must grow slower than rows. */
  readonly bins?: number;
  readonly weights?: ArrayLike<number> | undefined;
}

export interface Information {
  /**
   * Nats, less the bias of counting few rows in many cells (Miller and Madow); about zero of independent columns, and then as
   * often below it as above.
   */
  readonly nats: number;
  /** nats over the entropy of the label: 1 where the feature tells all; 0 where there is nothing to tell. */
  readonly share: number;
  /** nats over the entropy of the feature: the gain ratio, which does not favour features of many values. */
  readonly ratio: number;
}

/**
 * Codes of a column: numbers by bins of equal frequency, equal values together; text by its value; what is missing, NaN or
 * infinite by a code of its own.
 */
export function coded(column: Column, bins: number): Int32Array {
  if (column.kind === 'text') return column.codes.map((code) => code + 1);
  const { values, valid } = column;
  const isThere = (i: number) => valid?.[i] !== 0 && Number.isFinite(values[i]);
  const order = Int32Array.from({ length: values.length }, (_, i) => i)
    .filter(isThere)
    .sort((a, b) => values[a]! - values[b]!);
  const out = new Int32Array(values.length);
  let code = 1;
  for (let at = 0, from = 0; at < order.length; at++) {
    const isNew = at === 0 || values[order[at]!] !== values[order[at - 1]!];
    if (at > from && isNew && at >= (code * order.length) / bins) {
      from = at;
      code++;
    }
    out[order[at]!] = code;
  }
  return out;
}

/**
 * Mutual information of two columns of codes.
 *
 * @see Cover and Thomas (2006), Elements of Information Theory, 2.3; Miller (1955), for the bias (m - 1) / 2n of an entropy
 *   of m cells
 */
export function mutualInformation(a: Int32Array, b: Int32Array, weights?: ArrayLike<number>): Information {
  const cells = new Map<number, number>();
  const ofA = new Map<number, number>();
  const ofB = new Map<number, number>();
  let width = 1;
  for (const code of b) width = Math.max(width, code + 1);
  let total = 0;
  let squares = 0;
  for (let i = 0; i < a.length; i++) {
    const weight = weights?.[i] ?? 1;
    if (!(weight > 0)) continue;
    add(cells, a[i]! * width + b[i]!, weight);
    add(ofA, a[i]!, weight);
    add(ofB, b[i]!, weight);
    total += weight;
    squares += weight * weight;
  }
  if (total === 0) return { nats: 0, share: 0, ratio: 0 };
  // Weighted rows tell as much as this many rows of equal weight (Kish).
  const rows = (total * total) / squares;
  const entropyA = entropy(ofA, total);
  const entropyB = entropy(ofB, total);
  const bias = (cells.size - ofA.size - ofB.size + 1) / (2 * rows);
  const nats = entropyA + entropyB - entropy(cells, total) - bias;
  const over = (whole: number) => (whole > 1e-12 ? Math.min(nats / whole, 1) : 0);
  return { nats, share: over(entropyB), ratio: over(entropyA) };
}

function add(counts: Map<number, number>, key: number, weight: number): void {
  counts.set(key, (counts.get(key) ?? 0) + weight);
}

/** Summed by size, so that the order of rows leaves no trace. */
function entropy(counts: ReadonlyMap<number, number>, total: number): number {
  let sum = 0;
  for (const count of [...counts.values()].sort((x, y) => x - y)) sum -= (count / total) * Math.log(count / total);
  return sum;
}

const binsFor = (rows: number): number => Math.min(32, Math.max(2, Math.round(rows ** (1 / 3))));

export interface FeatureInformation extends Information {
  readonly feature: string;
}

/**
 * What each feature tells of the label, most first; a number to foretell is cut into bins as features are.
 *
 * @throws as `targetOf`
 */
export function informationOf(
  data: Table,
  aim: Aim,
  { bins = binsFor(data.length) }: InformationOptions = {},
): FeatureInformation[] {
  const { features, label, classes, weights } = targetOf(data, aim);
  const codes = classes.length > 0 ? Int32Array.from(label) : coded({ kind: 'number', values: label }, bins);
  const own = aim.weight === undefined ? undefined : weights;
  return features
    .map((feature) => ({ feature, ...mutualInformation(coded(data.columns[feature]!, bins), codes, own) }))
    .sort((x, y) => y.nats - x.nats || (x.feature < y.feature ? -1 : 1));
}
