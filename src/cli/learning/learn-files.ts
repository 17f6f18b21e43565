/** `learn`: from the files to the figures. The files are checked first, then read, learned from and judged. */
import type { Compute } from '#engines/index.ts';
import { known } from '#errors.ts';
import { type Aim, type AnyLearner, type Fitted, TASKS, type Task, taskOf, tried } from '#learners/index.ts';
import type { Table } from '#table/index.ts';
import { withAnalystFiles } from '../analyst-file.ts';
import type { Context, Values } from '../command.ts';
import { given, peakRssMb, seedOf, text, withCompute } from '../values.ts';
import { formatOf } from '../write.ts';
import { readParams } from './params.ts';
import { predictionColumns, writePredictions } from './predictions.ts';
import { has, type LearnPlan, ofFile, openTable, planLearning, type Roles, readTable } from './table-files.ts';

interface LearnReport {
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

/** Fits `learner` as the options say. */
export async function learnFiles(values: Values, context: Context, learner: AnyLearner): Promise<LearnReport> {
  const files = { train: text(values, 'train'), test: text(values, 'test') };
  const roles: Roles = {
    label: text(values, 'label'),
    ...given(values, 'id'),
    ...given(values, 'weight'),
    ...given(values, 'group'),
  };
  const params = values.params === undefined ? {} : readParams(text(values, 'params'), learner);
  const asked = askedTask(values, learner);
  needOneRoleEach(roles);
  const output = values.predictions === undefined ? undefined : text(values, 'predictions');
  if (output !== undefined) formatOf(output, 'predictions');
  const warnings: string[] = [];

  const { plan, table } = await withTables(values, context, Object.values(files), async (compute, paths) => {
    const train = await openTable(compute, files.train, paths[0]!);
    const test = await openTable(compute, files.test, paths[1]!);
    const plan = await planLearning(compute, { train, test }, { ...roles, ignore: ignored(values) });
    return { plan, table: await readTable(compute, train, [...plan.features, plan.label, plan.weight, plan.group]) };
  });
  const task = asked ?? taskOf(table.columns[roles.label]!);
  needTask(task, learner, roles);
  if (task === 'ordinal' && plan.label.kind === 'text')
    warnings.push('the classes are text: their order is that of the alphabet');
  const aim = aimOf(values, roles, plan, task);
  const { model, trainSeconds, trainCpuSeconds } = await fitted(learner, table, { ...params, ...aim }, values).catch(
    (error) => {
      throw ofFile(error, files.train);
    },
  );

  return withTables(values, context, [files.test], async (compute, [path]) => {
    const test = await openTable(compute, files.test, path!);
    const data = await readTable(compute, test, [...plan.features, plan.label, plan.weight, plan.group]);
    const from = performance.now();
    const predicted = learner.predict(model, data);
    const predictSeconds = seconds(from);
    const isLabelled = has(test.columns, roles.label);
    const trial = isLabelled
      ? tried(model, predicted, data, columnsOf(roles, data))
      : { metrics: {}, warnings: [`${files.test} has no column ${roles.label}: nothing to judge by`] };
    if (output !== undefined)
      await writePredictions(compute, {
        ...{ test, roles, file: output },
        made: predictionColumns(model, predicted, plan.label.kind !== 'text'),
      });
    return {
      ...{ learner: learner.name, task, rows: table.length, testRows: data.length, features: plan.features.length },
      ...{ trainSeconds, trainCpuSeconds, predictSeconds, peakRssMb: peakRssMb(), metrics: trial.metrics },
      ...chosenOf(model),
      warnings: [...warnings, ...trial.warnings],
    };
  });
}

/** Opens the engine while the files can be read; both are let go of before long work, so that it can be stopped. */
const withTables = <T>(
  values: Values,
  context: Context,
  files: readonly string[],
  work: (compute: Compute, paths: string[]) => Promise<T>,
): Promise<T> => withCompute(values, context, (compute) => withAnalystFiles(files, (paths) => work(compute, paths)));

async function fitted(learner: AnyLearner, table: Table, params: object, values: Values) {
  const from = performance.now();
  const cpuFrom = process.cpuUsage();
  const model = (await learner.fit(table, { ...learner.defaults, ...params }, seedOf(values))) as Fitted;
  const { user, system } = process.cpuUsage(cpuFrom);
  return { model, trainSeconds: seconds(from), trainCpuSeconds: Math.round((user + system) / 1000) / 1000 };
}

const seconds = (from: number): number => Math.round(performance.now() - from) / 1000;

const ignored = ({ ignore }: Values): string[] => (ignore === undefined ? [] : String(ignore).split(','));

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

function aimOf(values: Values, { label, weight, group }: Roles, { features }: LearnPlan, task: Task): Aim {
  return {
    ...{ task, label, features: features.map(({ name }) => name) },
    ...(weight === undefined ? {} : { weight }),
    ...(group === undefined ? {} : { group }),
    ...(typeof values.threads === 'number' ? { threads: values.threads } : {}),
    ...(typeof values.minutes === 'number' ? { minutes: values.minutes } : {}),
  };
}

/** The columns to judge by, those that the test rows have. */
const columnsOf = ({ label, weight, group }: Roles, data: Table) => ({
  label,
  weight: weight !== undefined && data.columns[weight] !== undefined ? weight : undefined,
  group: group !== undefined && data.columns[group] !== undefined ? group : undefined,
});

/** What a learner that chooses among others says of its choice. */
function chosenOf(model: Fitted & { chosen?: unknown; candidates?: unknown }): object {
  const { chosen, candidates } = model;
  return { ...(chosen === undefined ? {} : { chosen }), ...(candidates === undefined ? {} : { candidates }) };
}
