/** What the command `experiment` does: reads, analyses, and tells the result by slices too. */
import type { Compute } from '#engines/index.ts';
import { type Table, take, textColumn } from '#table/index.ts';
import { type AnalyseOptions, type Analysis, analyse } from './analyse.ts';
import { type ExperimentFile, type ReadExperiment, readExperiment } from './read-experiment.ts';

export interface ExperimentReport extends Analysis {
  readonly rows: ReadExperiment['rows'];
  readonly contaminated: number;
  /**
   * The same by the values of a column, where one was asked for; slices in which an arm is missing or nobody is in
   * control are left out. Slices were not planned one by one: read them as hints.
   */
  readonly slices?: readonly { readonly value: string; readonly members: number; readonly arms: Analysis['arms'] }[];
}

/** @throws the errors of `readExperiment` and `analyse` */
export async function analyseFile(
  compute: Compute,
  file: ExperimentFile,
  options: AnalyseOptions,
): Promise<ExperimentReport> {
  const { data, rows, contaminated } = await readExperiment(compute, file);
  const whole = analyse(data, options);
  const slices = data.columns.by === undefined ? undefined : slicesOf(data, options);
  return { ...whole, rows, contaminated, ...(slices === undefined ? {} : { slices }) };
}

function slicesOf(data: Table, options: AnalyseOptions): NonNullable<ExperimentReport['slices']> {
  const by = textColumn(data, 'by');
  const arm = textColumn(data, 'arm');
  const rows = new Map<number, number[]>();
  for (let i = 0; i < by.codes.length; i++) {
    if (by.codes[i]! < 0) continue;
    const own = rows.get(by.codes[i]!);
    if (own === undefined) rows.set(by.codes[i]!, [i]);
    else own.push(i);
  }
  const found = [...rows].sort(([a], [b]) => (by.dictionary[a]! < by.dictionary[b]! ? -1 : 1));
  return found.flatMap(([code, own]) => {
    const inSlice = new Set(own.map((i) => arm.dictionary[arm.codes[i]!]!));
    if (!inSlice.has(options.control) || inSlice.size < 2) return [];
    const { arms, members } = analyse(take(data, own), options);
    return [{ value: by.dictionary[code]!, members, arms }];
  });
}
