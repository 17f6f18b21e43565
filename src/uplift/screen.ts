/** Of many features the few that trees are grown on: those whose bins differ most in the mean of the label. */
import type { Column, NumberColumn } from '#table/index.ts';
import type { Labelled } from './base.ts';

const BINS = 8;
const SAMPLE = 500;

/**
 * At most `most` of the features, in their order; all where there are no more. Judged by the share of the label's variance
 * that lies between eight bins of about equal count (or between categories), so a feature may matter in any shape.
 */
export function screened({ data, label, weights, features }: Labelled, most: number): readonly string[] {
  if (features.length <= most) return features;
  const between = features.map((name) => betweenBins(data.columns[name]!, label, weights));
  const order = features.map((_, f) => f).sort((a, b) => between[b]! - between[a]! || a - b);
  const kept = new Set(order.slice(0, most));
  return features.filter((_, f) => kept.has(f));
}

/** Sum over bins of weight times squared distance of the bin's mean from the overall mean, over the bins less one. */
function betweenBins(column: Column, label: Float64Array, weights: Float64Array | undefined): number {
  const bins = column.kind === 'text' ? column.dictionary.length + 1 : BINS + 1;
  const sums = new Float64Array(bins);
  const counts = new Float64Array(bins);
  const binOf = column.kind === 'text' ? column.codes : binsOf(column);
  let [sum, count] = [0, 0];
  for (let i = 0; i < label.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    // What is missing is in the last bin.
    const bin = binOf[i]! < 0 ? bins - 1 : binOf[i]!;
    sums[bin]! += w * label[i]!;
    counts[bin]! += w;
    sum += w * label[i]!;
    count += w;
  }
  let [found, filled] = [0, 0];
  for (let bin = 0; bin < bins; bin++)
    if (counts[bin]! > 0) {
      found += counts[bin]! * (sums[bin]! / counts[bin]! - sum / count) ** 2;
      filled++;
    }
  return found / Math.max(1, filled - 1);
}

/** [rows] bin of each number by the quantiles of a few rows, -1 where missing. */
function binsOf({ values, valid }: NumberColumn): Int8Array {
  const step = Math.max(1, Math.floor(values.length / SAMPLE));
  const sample = new Float64Array(Math.ceil(values.length / step));
  let count = 0;
  for (let i = 0; i < values.length; i += step)
    if (valid?.[i] !== 0 && Number.isFinite(values[i])) sample[count++] = values[i]!;
  const sorted = sample.subarray(0, count).sort();
  const bounds = Float64Array.from({ length: BINS - 1 }, (_, k) => sorted[Math.floor(((k + 1) * count) / BINS)] ?? 0);
  const out = new Int8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    let bin = 0;
    for (let k = 0; k < BINS - 1; k++) if (value > bounds[k]!) bin = k + 1;
    out[i] = (valid !== undefined && valid[i] === 0) || value - value !== 0 ? -1 : bin;
  }
  return out;
}
