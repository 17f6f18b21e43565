/** The results of a kept experiment: its exposures joined with what the lake says that they did. */
import type { Compute } from '#engines/index.ts';
import { known } from '#errors.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { numbers, table, texts } from '#table/index.ts';
import { parseGuardrail } from '../guardrails.ts';
import { isDaily, type OutcomeOptions, outcomesOf, outcomeWords } from '../lake/outcomes.ts';
import type { Members } from '../members.ts';
import type { Question } from '../report.ts';
import { type Experiment, metricsOf } from './experiment.ts';
import type { Exposure } from './exposures.ts';

/** What is asked of a kept experiment. */
export function keptQuestion({ plan, status }: Experiment): Question {
  const { alpha, sequential, correction, inverse, learner, plannedMembers } = plan;
  return {
    ...{ control: plan.arms[0]!.name, metrics: metricsOf(plan), guardrails: plan.guardrails.map(parseGuardrail) },
    ...{ alpha, sequential, correction, inverse, bayesian: true, words: outcomeWords },
    shares: Object.fromEntries(plan.arms.map(({ name, share }) => [name, share])),
    ...(plan.covariates.length === 0 ? {} : { covariates: plan.covariates }),
    ...(learner === undefined ? {} : { learner }),
    ...(plan.by.length === 0 ? {} : { by: plan.by }),
    ...(plannedMembers === undefined ? {} : { plannedMembers }),
    hasEnded: status === 'stopped' || status === 'decided',
  };
}

/**
 * The exposed with what they did in the days after. Exposures whose time lies after the data (a clock that jumped, or data
 * that is not there yet) are left out and counted as withoutTime.
 *
 * @param asOf outcomes after it are not known
 * @throws EXPERIMENT_BAD for a unit that the lake does not know: read such an experiment from a file
 */
export async function keptMembers(
  compute: Compute,
  { plan }: Experiment,
  exposures: readonly Exposure[],
  asOf: number,
  options: Omit<OutcomeOptions, 'metrics'>,
): Promise<Members> {
  if (plan.unit !== 'customer')
    throw known('EXPERIMENT_BAD', {
      what: `units (${plan.unit}) whose outcomes the lake cannot tell apart`,
      expected: 'a file with a row a unit: `tierwise experiment --cluster COL`, or POST /api/v1/experiments/analysis',
    });
  const metrics = metricsOf(plan);
  await compute.load(
    'experiment_tmp_exposed',
    table({
      customer_id: texts(exposures.map(({ unit }) => unit)),
      arm: texts(exposures.map(({ arm }) => arm)),
      at: numbers(exposures.map(({ at }) => at)),
    }),
  );
  try {
    await compute.run(
      `create or replace table experiment_tmp_entry as
       select customer_id, arm, "at"::bigint as start_at, least("at"::bigint + ${plan.windowDays * DAY_MS}, ${asOf + 1}) as end_at,
         0 as contact_cost, null::double as weight
       from experiment_tmp_exposed where "at" <= ${asOf}`,
    );
    const { data, timeline } = await outcomesOf(compute, { ...options, metrics });
    return {
      data,
      ...(timeline !== undefined && isDaily(metrics[0]) ? { timeline } : {}),
      rows: {
        ...{ read: exposures.length, withoutArm: 0, notNumbers: 0 },
        withoutTime: exposures.filter(({ at }) => at > asOf).length,
      },
      contaminated: 0,
    };
  } finally {
    await compute.run('drop table if exists experiment_tmp_exposed');
  }
}
