/** The effect by the values of a column, and whether it differs between them more than chance makes it. */
import { chiSquareTail } from '#kernels/distributions.ts';
import { type Table, take, textColumn } from '#table/index.ts';
import { type AnalyseOptions, type ArmResult, analyse, corrected } from './analyse.ts';

export interface Slice {
  readonly value: string;
  readonly members: number;
  /** P-values are corrected over all slices and arms of the column. */
  readonly arms: readonly ArmResult[];
}

export interface SlicesOf {
  readonly column: string;
  readonly slices: readonly Slice[];
  /**
   * By arm: chance of effects that differ so much between slices where all have the same effect (Cochran's Q), corrected over
   * arms. Null with fewer than two slices that tell an effect.
   */
  readonly interaction: readonly { readonly arm: string; readonly pValue: number | null }[];
}

/** Values beyond these are left out: the largest slices are told. */
const SLICES_MAX = 20;

/**
 * The effect in each slice that has members in control and in another arm.
 *
 * @param data what `analyse` reads, a row a member
 * @param values [rows] code into `names`, -1 for none
 * @see Cochran (1954), Biometrics 10(1), for the test of differences
 */
export function slicesOf(
  column: string,
  data: Table,
  { codes, dictionary }: { readonly codes: Int32Array; readonly dictionary: readonly string[] },
  options: AnalyseOptions,
): SlicesOf {
  const arm = textColumn(data, 'arm');
  const rows = new Map<number, number[]>();
  for (let i = 0; i < codes.length; i++) {
    if (codes[i]! < 0) continue;
    const own = rows.get(codes[i]!);
    if (own === undefined) rows.set(codes[i]!, [i]);
    else own.push(i);
  }
  const largest = [...rows].sort(([a, x], [b, y]) => y.length - x.length || (dictionary[a]! < dictionary[b]! ? -1 : 1));
  const found = largest.slice(0, SLICES_MAX).sort(([a], [b]) => (dictionary[a]! < dictionary[b]! ? -1 : 1));
  const raw = found.flatMap(([code, own]): Slice[] => {
    const inSlice = new Set(own.map((i) => arm.dictionary[arm.codes[i]!]!));
    if (!inSlice.has(options.control) || inSlice.size < 2) return [];
    const { arms, members } = analyse(take(data, own), { ...options, correction: 'none' });
    return [{ value: dictionary[code]!, members, arms }];
  });
  return { column, slices: told(raw, options.correction ?? 'holm'), interaction: interactionOf(raw, options) };
}

function told(slices: readonly Slice[], correction: NonNullable<AnalyseOptions['correction']>): Slice[] {
  const all = slices.flatMap(({ arms }) => arms.map(({ pValue }) => pValue));
  const adjusted = corrected(
    all.filter((p) => p !== null),
    correction,
  );
  let next = 0;
  return slices.map((slice) => ({
    ...slice,
    arms: slice.arms.map((arm) => (arm.pValue === null ? arm : { ...arm, pValue: adjusted[next++]! })),
  }));
}

function interactionOf(slices: readonly Slice[], { control, correction = 'holm' }: AnalyseOptions) {
  const names = [...new Set(slices.flatMap(({ arms }) => arms.map(({ arm }) => arm)))]
    .filter((arm) => arm !== control)
    .sort();
  const raw = names.map((name) => {
    const effects = slices.flatMap(({ arms }) => {
      const own = arms.find(({ arm }) => arm === name);
      const error = own?.standardError ?? 0;
      return own === undefined || own.difference === null || !(error > 0)
        ? []
        : [[own.difference, 1 / error ** 2] as const];
    });
    if (effects.length < 2) return null;
    const weight = effects.reduce((sum, [, w]) => sum + w, 0);
    const mean = effects.reduce((sum, [d, w]) => sum + d * w, 0) / weight;
    const q = effects.reduce((sum, [d, w]) => sum + w * (d - mean) ** 2, 0);
    return chiSquareTail(q, effects.length - 1);
  });
  const adjusted = corrected(
    raw.filter((p) => p !== null),
    correction,
  );
  let next = 0;
  return names.map((arm, k) => ({ arm, pValue: raw[k] === null ? null : adjusted[next++]! }));
}
