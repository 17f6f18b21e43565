/** Experiments as the server answers for them: those kept, and past campaigns read as experiments. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { scratchFolder } from '#engines/index.ts';
import { KnownError, known } from '#errors.ts';
import {
  analyseFile,
  COVARIATES,
  driftOf,
  type Experiment,
  type ExperimentReport,
  hasSurveys,
  holdoutDrift,
  isHeldOut,
  type Keeper,
  keptMembers,
  keptQuestion,
  OUTCOMES,
  outcomeWords,
  type PastExperiment,
  parseGuardrail,
  parseMetric,
  pastExperiments,
  pastMembers,
  type Question,
  readHoldout,
  reportOf,
  SLICES,
} from '#experiments/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { textAt, textColumn } from '#table/index.ts';
import type {
  AnalysisBody,
  ArmReply,
  ExperimentReply,
  ExperimentRow,
  ExperimentsReply,
  HoldoutsReply,
} from './schemas-experiments.ts';
import type { Store } from './store.ts';

type Row = z.infer<typeof ExperimentRow>;

/** What is asked of a past campaign: did it pay, and for whom. */
const PAST = {
  metrics: ['profit', 'bought', 'revenue', 'revenue/orders', 'retained'],
  guardrails: ['margin:down:0.05'],
  covariates: [...COVARIATES],
} as const;

const pastOf = (store: Store): Promise<PastExperiment[]> =>
  store.memo('experiments past', () => pastExperiments(store.compute, store.facts.asOf));

export async function experimentsOf(
  store: Store,
  keeper: Keeper,
  nowMs: number,
): Promise<z.infer<typeof ExperimentsReply>> {
  const kept = keeper.list().map((own) => keptRow(store, own, keeper, nowMs));
  const past = (await pastOf(store)).map(pastRow);
  const surveys = await hasSurveys(store.compute);
  return {
    rows: [...kept, ...past.filter((row) => !kept.some(({ id }) => id === row.id))],
    outcomes: OUTCOMES.map(({ key, en, zh, needs }) => ({ key, en, zh, available: needs === null || surveys })),
    ...{ covariates: [...COVARIATES], slices: [...SLICES], surveys },
  };
}

const daysBetween = (from: number | null, to: number): number | null =>
  from === null ? null : Math.max(0, Math.ceil((to - from) / DAY_MS));

function keptRow(
  { facts }: Store,
  { id, plan, status, owner, startedAt, endedAt }: Experiment,
  keeper: Keeper,
  nowMs: number,
): Row {
  const counts = new Map(keeper.exposures.counts(id).map(({ arm, units }) => [arm, units]));
  const arms = plan.arms.map(({ name, share }) => ({ name, share, members: counts.get(name) ?? 0 }));
  return {
    ...{ id, source: 'kept' as const, name: plan.name, status, owner, startedAt, endedAt },
    days: daysBetween(startedAt, endedAt ?? nowMs),
    members: arms.reduce((sum, { members }) => sum + members, 0),
    measured: keeper.exposures.until(id, facts.asOf),
    ...{ arms, primaryMetric: plan.metrics[0]! },
  };
}

function pastRow({ id, name, startsAt, endsAt, hasEnded, arms }: PastExperiment): Row {
  return {
    ...{
      id,
      source: 'campaign' as const,
      name,
      status: hasEnded ? ('stopped' as const) : ('running' as const),
      owner: null,
    },
    ...{ startedAt: startsAt, endedAt: hasEnded ? endsAt : null, days: daysBetween(startsAt, endsAt) },
    members: arms.reduce((sum, { members }) => sum + members, 0),
    measured: arms.reduce((sum, { members }) => sum + members, 0),
    arms: arms.map((arm) => ({ ...arm })),
    primaryMetric: PAST.metrics[0],
  };
}

/** The past campaign of an id that no kept experiment has. @throws EXPERIMENT_UNKNOWN */
async function found(store: Store, keeper: Keeper, id: string): Promise<Experiment | PastExperiment> {
  try {
    return keeper.get(id);
  } catch (error) {
    if (!(error instanceof KnownError) || error.code !== 'EXPERIMENT_UNKNOWN') throw error;
    const past = (await pastOf(store)).find((own) => own.id === id);
    if (past === undefined) throw error;
    return past;
  }
}

const isKept = (experiment: Experiment | PastExperiment): experiment is Experiment => 'plan' in experiment;

export async function experimentOf(
  store: Store,
  keeper: Keeper,
  id: string,
  nowMs: number,
): Promise<z.infer<typeof ExperimentReply>> {
  const experiment = await found(store, keeper, id);
  if (!isKept(experiment))
    return {
      ...{ row: pastRow(experiment), experiment: null, traffic: [] },
      ...{ metrics: [...PAST.metrics], guardrails: [...PAST.guardrails], covariates: [...PAST.covariates] },
    };
  const { metrics, guardrails, covariates } = experiment.plan;
  const traffic = keeper.exposures.counts(id).map((own) => ({ ...own }));
  return { row: keptRow(store, experiment, keeper, nowMs), experiment, metrics, guardrails, covariates, traffic };
}

/** Results use tables of fixed names, so they are made one after another. */
const turns = new WeakMap<Store, Promise<unknown>>();
function inTurn<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const next = (turns.get(store) ?? Promise.resolve()).then(work, work);
  turns.set(
    store,
    next.catch(() => undefined),
  );
  return next;
}

/** @throws EXPERIMENT_UNKNOWN, EXPERIMENT_BAD where nobody has been exposed */
export async function resultsOf(store: Store, keeper: Keeper, id: string): Promise<ExperimentReport> {
  const experiment = await found(store, keeper, id);
  const { asOf, shop } = store.facts;
  const options = { timeZone: shop.timeZone, marginShare: shop.marginShare };
  if (!isKept(experiment)) {
    const question = pastQuestion(experiment);
    return store.memo(`experiment ${id}`, () =>
      inTurn(store, async () =>
        reportOf(
          await pastMembers(store.compute, experiment, asOf, { ...options, metrics: question.metrics }),
          question,
        ),
      ),
    );
  }
  const exposures = keeper.exposures.of(id);
  const seen = keeper.exposures.until(id, asOf);
  if (seen === 0)
    throw known('EXPERIMENT_BAD', {
      what: exposures.length === 0 ? 'nobody exposed' : `${exposures.length} exposures, all after the last run's data`,
      expected:
        exposures.length === 0 ? 'customers to whom an arm was shown (arm?expose=true)' : 'a run with newer data',
    });
  return store.memo(`experiment ${id} ${experiment.revision} ${exposures.length}`, () =>
    inTurn(store, async () =>
      reportOf(await keptMembers(store.compute, experiment, exposures, asOf, options), keptQuestion(experiment)),
    ),
  );
}

function pastQuestion({ control, arms, hasEnded }: PastExperiment): Question {
  const [first, ...rest] = PAST.metrics.map(parseMetric);
  // without chances in the exposures nothing says what the draw should have made
  const isKnown = arms.every(({ share }) => share !== null);
  return {
    ...{ control, metrics: [first!, ...rest], guardrails: PAST.guardrails.map(parseGuardrail), bayesian: true },
    ...{ covariates: PAST.covariates, by: ['tier'], hasEnded, words: outcomeWords },
    shares: Object.fromEntries(arms.map(({ name, share, members }) => [name, isKnown ? share! : members])),
  };
}

/** Answers a question about a table that came with it. */
export function analysed(store: Store, body: z.output<typeof AnalysisBody>): Promise<ExperimentReport> {
  const { csv, metrics, guardrails, covariates, by, arm, unit, cluster, time, plannedMembers, ...rest } = body;
  const [first, ...others] = metrics.map(parseMetric);
  const question: Question = {
    ...{ control: rest.control, alpha: rest.alpha, sequential: rest.sequential, inverse: rest.inverse, bayesian: true },
    ...{ metrics: [first!, ...others], guardrails: guardrails.map(parseGuardrail) },
    ...(covariates.length === 0 ? {} : { covariates }),
    ...(by.length === 0 ? {} : { by }),
    ...(rest.learner === undefined ? {} : { learner: rest.learner }),
    ...(rest.shares === undefined ? {} : { shares: rest.shares }),
    ...(rest.winsorize === undefined ? {} : { winsorize: rest.winsorize }),
    ...(plannedMembers === undefined ? {} : { plannedMembers }),
  };
  return inTurn(store, async () => {
    const { dir, sweep } = scratchFolder('tierwise-experiment');
    try {
      const file = join(dir, 'experiment.csv');
      writeFileSync(file, csv);
      const named = { ...(unit && { unit }), ...(cluster && { cluster }), ...(time && { time }) };
      return await analyseFile(store.compute, { file, arm, ...named }, question);
    } catch (error) {
      throw nameless(error, dir);
    } finally {
      sweep();
    }
  });
}

/** The same error about "the table", not about a file of this machine. */
function nameless(error: unknown, dir: string): unknown {
  if (!(error instanceof KnownError)) return error;
  const message = error.message.replaceAll(join(dir, 'experiment.csv'), 'the table').replaceAll(dir, '');
  return new KnownError(error.code, message, {}, error.cause);
}

export function armReply(
  keeper: Keeper,
  id: string,
  unit: string,
  given: { at: number; expose: boolean },
): z.infer<typeof ArmReply> {
  const assigned = keeper.arm(id, unit, given);
  const { name } = keeper.get(id).plan;
  return {
    ...assigned,
    event:
      assigned.arm === null || assigned.source === 'decided'
        ? null
        : {
            ...{ type: 'track', event: 'Experiment Viewed' },
            properties: {
              ...{ experiment_id: id, experiment_name: name },
              ...{ variation_id: assigned.arm, variation_name: assigned.arm },
            },
          },
  };
}

export async function holdoutsOf(store: Store): Promise<z.infer<typeof HoldoutsReply>> {
  const holdout = readHoldout(store.dir);
  const { drift, contaminated } = await store.memo(`holdout ${holdout?.revision ?? 0}`, () => globalDrift(store));
  const campaigns = await Promise.all(
    (await pastOf(store)).map(async ({ id, name, startsAt, endsAt, arms, control }) => ({
      ...{ campaignId: id, name, startedAt: startsAt, endedAt: endsAt },
      share: arms.find((arm) => arm.name === control)?.share ?? null,
      ...(await store.memo(`holdout of ${id}`, () => campaignDrift(store, id, control))),
    })),
  );
  return {
    global: {
      ...{ revision: holdout?.revision ?? 0, share: holdout?.share ?? 0, since: holdout?.since ?? null },
      ...{ log: holdout?.log ?? [], drift, contaminated },
    },
    campaigns,
  };
}

async function globalDrift(store: Store) {
  const holdout = readHoldout(store.dir) ?? { salt: '', share: 0, since: 0 };
  const names = [...store.shop.tiers.map(({ key }) => key), 'none'];
  const people = await store.compute.table(
    `select p.customer_id, coalesce(t.tier, 'none') as tier from profiles p left join customer_tiers t using (customer_id) order by 1`,
  );
  const [id, tier] = [textColumn(people, 'customer_id'), textColumn(people, 'tier')];
  const customers = Array.from({ length: people.length }, (_, i) => textAt(id, i) ?? '');
  const place = tier.dictionary.map((name) => names.indexOf(name));
  const drift = holdoutDrift(
    holdout,
    customers,
    Int32Array.from(tier.codes, (code) => place[code] ?? -1),
    names,
  );
  const treated = await store.compute.rows<{ id: string }>(
    `select distinct customer_id as id from exposures where arm not in ('holdout', 'control') and customer_id is not null
       and shown_at >= ${holdout.since}`,
  );
  return { drift, contaminated: treated.filter((own) => isHeldOut(holdout, own.id)).length };
}

async function campaignDrift(store: Store, id: string, control: string) {
  const rows = await store.compute.rows<{ tier: string; held: number; rest: number }>(
    `select coalesce(t.tier, 'none') as tier, count(distinct e.customer_id) filter (e.arm = $control) as held,
       count(distinct e.customer_id) filter (e.arm <> $control) as rest
     from exposures e left join customer_tiers t using (customer_id)
     where e.campaign_id = $id and e.arm is not null group by 1 order by 1`,
    { id, control },
  );
  const [mixed] = await store.compute.rows<{ n: number }>(
    `select count(distinct e.customer_id) as n from exposures e join redemptions r using (campaign_id, customer_id)
     where e.campaign_id = $id and e.arm = $control`,
    { id, control },
  );
  return { drift: driftOf(rows), contaminated: mixed!.n };
}
