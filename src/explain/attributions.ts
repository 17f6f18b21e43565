/** What moved a score: one number a feature, that add up with the expected score to the score itself. */

export interface Attributions {
  /** Scores a row: 1, or one a class. */
  readonly width: number;
  /** Names, in the order of the values. */
  readonly features: readonly string[];
  /** [width] what the scores are expected to be when nothing is known of a row. */
  readonly expected: Float64Array;
  /** [rows x width x features], row-major, in the unit of the score (log-odds, log, or the label's own). */
  readonly values: Float64Array;
  /** Standard errors, in the shape of `values`, where they were sampled. */
  readonly errors?: Float64Array;
}

/** Mean size of each feature's attribution over the rows: [width x features]. */
export function meanSize({ values, width, features }: Attributions): Float64Array {
  const out = new Float64Array(width * features.length);
  const rows = values.length / out.length;
  for (let i = 0; i < values.length; i++) out[i % out.length]! += Math.abs(values[i]!) / rows;
  return out;
}

/**
 * Attributions summed by group: a group's is the sum of its features'. Groups come in the order of their first feature.
 *
 * @param groupOf the group of a feature; features that stand alone give their own name
 */
export function grouped(of: Attributions, groupOf: (feature: string) => string): Attributions {
  const names = of.features.map(groupOf);
  const groups = [...new Set(names)];
  const place = names.map((name) => groups.indexOf(name));
  const count = of.features.length;
  const values = new Float64Array(count === 0 ? 0 : (of.values.length / count) * groups.length);
  for (let i = 0; i < of.values.length; i++)
    values[Math.floor(i / count) * groups.length + place[i % count]!]! += of.values[i]!;
  return { width: of.width, features: groups, expected: of.expected, values };
}
