/** What the command `experiment` does: reads a file, and answers the question about it. */
import type { Compute } from '#engines/index.ts';
import { type ExperimentFile, readExperiment } from './read-experiment.ts';
import { type ExperimentReport, type Question, reportOf } from './report.ts';

/** @throws the errors of `readExperiment` and `reportOf` */
export async function analyseFile(
  compute: Compute,
  file: Pick<ExperimentFile, 'file' | 'arm' | 'unit' | 'cluster' | 'time' | 'switchback'>,
  question: Question,
): Promise<ExperimentReport> {
  const { metrics, guardrails = [], covariates, by } = question;
  const members = await readExperiment(compute, {
    ...file,
    metrics: [metrics[0], ...metrics.slice(1), ...guardrails.map(({ metric }) => metric)],
    ...(covariates === undefined ? {} : { covariates }),
    ...(by === undefined ? {} : { by }),
  });
  return reportOf(members, question);
}
