/** `learn`: from the files to the figures. The files are checked first, then read, learned from and judged. */
import { basename } from 'node:path';
import { known } from '#errors.ts';
import {
  type Aim,
  type AnyLearner,
  type BestModel,
  choiceCard,
  type Fitted,
  figuresOf,
  hashOf,
  isLoss,
  type ModelCard,
  type Outcome,
  TASKS,
  type Task,
  taskOf,
} from '#learners/index.ts';
import type { Table } from '#table/index.ts';
import type { Context, Values } from '../command.ts';
import { given, peakRssMb, seedOf, text } from '../values.ts';
import { formatOf } from '../write.ts';
import { needModelFile, saveModel } from './model-files.ts';
import { readParams } from './params.ts';
import { type Applied, apply, secondsSince, withTables } from './predict-file.ts';
import {
  has,
  type LearnPlan,
  missing,
  ofFile,
  openTable,
  planLearning,
  type Roles,
  readTable,
  type TableFile,
} from './table-files.ts';

export interface LearnReport {
  readonly learner: string;
  readonly task: Task;
  /** Of the training file. */
  readonly rows: number;
  readonly testRows: number;
  readonly features: number;
  readonly trainSeconds: number;
  /** Of all threads. */
  readonly trainCpuSeconds: number;
  readonly predictSeconds: number;
  readonly peakRssMb: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

/** What the options ask for, checked. */
interface Job {
  readonly learner: AnyLearner;
  readonly files: { readonly train: string; readonly test: string };
  readonly roles: Roles;
  readonly params: Readonly<Record<string, unknown>>;
  readonly task: Task | undefined;
  readonly ignore: readonly string[];
  readonly predictions: string | undefined;
  readonly model: string | undefined;
  readonly seed: number;
}

/** Fits `learner` as the options say. */
export async function learnFiles(values: Values, context: Context, learner: AnyLearner): Promise<LearnReport> {
  const job = jobOf(values, learner);
  const { plan, table } = await readTraining(job, values, context);
  const task = job.task ?? taskOf(table.columns[job.roles.label]!);
  needTask(task, learner, job.roles);
  const trainingHash = job.model === undefined ? '' : hashOf(table);
  const params = { ...learner.defaults, ...job.params, ...aimOf(values, job.roles, plan, task) };
  const { model, ...spent } = await fitted(job, table, params);
  const applied = await apply(values, context, { ...job, model, plan, test: job.files.test });
  if (job.model !== undefined) {
    const spread = applied.outcome === undefined ? {} : figuresOf(task, applied.outcome, job);
    const card = cardOf(
      { job, plan, task, spread, params, trainingHash, rows: table.length, applied },
      values,
      context,
    );
    await saveModel(job.model, { card, model });
  }
  return {
    ...{ learner: learner.name, task, rows: table.length, testRows: applied.rows, features: plan.features.length },
    ...spent,
    ...{ predictSeconds: applied.predictSeconds, peakRssMb: peakRssMb(), metrics: applied.metrics },
    ...chosenOf(model),
    warnings: [...orderWarning(task, plan), ...manyWarning(model), ...applied.warnings],
  };
}

function jobOf(values: Values, learner: AnyLearner): Job {
  const roles: Roles = {
    label: text(values, 'label'),
    ...given(values, 'id'),
    ...given(values, 'weight'),
    ...given(values, 'group'),
  };
  needOneRoleEach(roles);
  const predictions = values.predictions === undefined ? undefined : text(values, 'predictions');
  if (predictions !== undefined) formatOf(predictions, 'predictions');
  const model = values.model === undefined ? undefined : text(values, 'model');
  if (model !== undefined) needModelFile(model, learner.name);
  return {
    ...{ learner, roles, predictions, model, seed: seedOf(values) },
    files: { train: text(values, 'train'), test: text(values, 'test') },
    params: values.params === undefined ? {} : readParams(text(values, 'params'), learner),
    task: askedTask(values, learner),
    ignore: values.ignore === undefined ? [] : text(values, 'ignore').split(','),
  };
}

function readTraining({ files, roles, ignore, params }: Job, values: Values, context: Context) {
  return withTables(values, context, [files.train, files.test], async (compute, [trainPath, testPath]) => {
    const names = [roles.label, roles.id];
    const train = await openTable(compute, { file: files.train, path: trainPath!, names });
    const test = await openTable(compute, { file: files.test, path: testPath!, names });
    const plan = await planLearning(compute, { train, test }, { ...roles, ignore });
    needColumnsOf(params, plan, train);
    const table = await readTable(compute, train, [...plan.features, plan.label, plan.weight, plan.group]);
    return { plan, table };
  });
}

/** Parameters that name a column have to name one that is read. */
function needColumnsOf(params: Job['params'], { features }: LearnPlan, train: TableFile): void {
  const { time, id, monotone } = params;
  for (const name of [time, id, ...Object.keys(monotone ?? {})])
    if (typeof name === 'string' && !has(features, name)) throw missing(train, name);
}

async function fitted({ learner, files, seed }: Job, table: Table, params: object) {
  const from = performance.now();
  const cpuFrom = process.cpuUsage();
  try {
    const model = (await learner.fit(table, params, seed)) as Fitted;
    const { user, system } = process.cpuUsage(cpuFrom);
    return { model, trainSeconds: secondsSince(from), trainCpuSeconds: Math.round((user + system) / 1000) / 1000 };
  } catch (error) {
    throw ofFile(error, files.train);
  }
}

function askedTask({ task }: Values, learner: AnyLearner): Task | undefined {
  if (task === undefined) return undefined;
  const found = TASKS.find((own) => own === task);
  if (found === undefined || !learner.tasks.includes(found))
    throw known('USAGE', {
      what: `--task is "${task}"`,
      expected: `one of ${learner.tasks.join(', ')} for ${learner.name}`,
    });
  return found;
}

function needTask(task: Task, learner: AnyLearner, { label, group }: Roles): void {
  if (!learner.tasks.includes(task))
    throw known('USAGE', {
      what: `the label ${label} asks for the task ${task}, which ${learner.name} does not do`,
      expected: `--task ${learner.tasks.join(' or ')}, or another learner of \`learn --list\``,
    });
  if (task === 'rank' && group === undefined)
    throw known('USAGE', { what: '--task rank without groups', expected: '--group COL' });
}

function needOneRoleEach(roles: Roles): void {
  const names = Object.values(roles) as string[];
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw known('USAGE', {
      what: `column ${twice} is named twice`,
      expected: 'different columns for --label, --id, --weight and --group',
    });
}

const orderWarning = (task: Task, plan: LearnPlan): string[] =>
  task === 'ordinal' && plan.label.kind === 'text' ? ['the classes are text: their order is that of the alphabet'] : [];

const CLASSES_MANY = 100;

const manyWarning = ({ classes }: Fitted): string[] =>
  classes.length > CLASSES_MANY ? [`the label has ${classes.length} classes; for numbers ask for --task regress`] : [];

function aimOf(values: Values, { label, weight, group }: Roles, { features }: LearnPlan, task: Task): Aim {
  return {
    ...{ task, label, features: features.map(({ name }) => name) },
    ...(weight === undefined ? {} : { weight }),
    ...(group === undefined ? {} : { group }),
    ...(typeof values.threads === 'number' ? { threads: values.threads } : {}),
    ...(typeof values.minutes === 'number' ? { minutes: values.minutes } : {}),
  };
}

interface Made {
  readonly job: Job;
  readonly plan: LearnPlan;
  readonly task: Task;
  readonly spread: ModelCard['metrics'];
  readonly params: Readonly<Record<string, unknown>>;
  readonly trainingHash: string;
  readonly rows: number;
  readonly applied: Applied & { outcome: Outcome | undefined };
}

function cardOf(
  { job, plan, task, spread, params, trainingHash, rows, applied }: Made,
  values: Values,
  context: Context,
) {
  const { features: _, ...kept } = params;
  return {
    ...{ learner: job.learner.name, task, label: job.roles.label, features: plan.features, rows, params: kept },
    seed: job.seed,
    ...given(values, 'window'),
    split: { train: basename(job.files.train), test: basename(job.files.test), testRows: applied.rows },
    ...{ metrics: spread, trainingHash, version: context.version, made: new Date(context.now).toISOString() },
  } satisfies ModelCard;
}

/** What the learner that chooses among others says of its choice. */
function chosenOf(model: Fitted): object {
  if (model.kind !== 'best') return {};
  const { choice, members, blend, ...best } = model as BestModel;
  const { summary, candidates } = choiceCard({ ...best, choice, members, blend });
  const { metric, searchedBy } = choice;
  const sign = isLoss(searchedBy) ? -1 : 1;
  const score = { mean: sign * choice.score.mean, sd: choice.score.sd };
  return {
    chosen: {
      ...{ summary, metric, searchedBy, score, blend: choice.blend },
      members: members.map(({ name, params, seed }, m) => ({ name, params, seed, weight: blend.weights[m] })),
    },
    candidates,
  };
}
