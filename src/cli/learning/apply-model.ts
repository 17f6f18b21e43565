/** `learn --use`: a saved model on the rows of a file. */
import type { CellKind, PlannedColumn } from '#engines/index.ts';
import { known } from '#errors.ts';
import { bindOnnx, type Fitted, type OnnxFile, portFeatures, readOnnx } from '#learners/index.ts';
import type { Table } from '#table/index.ts';
import type { Context, Values } from '../command.ts';
import { given, peakRssMb, text } from '../values.ts';
import { formatOf } from '../write.ts';
import { allLearners } from './all-learners.ts';
import { isOnnx, modelBytes, openModel } from './model-files.ts';
import { apply, withTables } from './predict-file.ts';
import { has, missing, openTable, planApplying, type Roles, type TableFile } from './table-files.ts';

/** Options that a saved model answers by itself. */
const FIXED = ['learner', 'train', 'params', 'task', 'model', 'minutes'] as const;

/** A model that waits for the columns of a table. */
interface Waiting {
  readonly name: string;
  /** Column that it foretells, where it says. */
  readonly label: string | undefined;
  /** Undefined where it takes columns by their place. */
  readonly features: readonly PlannedColumn[] | undefined;
  bind(features: readonly string[]): Promise<{
    readonly model: Fitted;
    readonly by?: 'own' | 'runtime';
    readonly predict: (model: never, data: Table) => Float64Array | Promise<Float64Array>;
  }>;
}

/** Predicts the rows of `--test`, and judges where they have the label of the model (or `--label`). */
export async function applyModel(values: Values, context: Context) {
  for (const name of FIXED)
    if (values[name] !== undefined)
      throw known('USAGE', { what: `--${name} beside --use`, expected: '--use MODEL --test FILE' });
  if (values.test === undefined)
    throw known('USAGE', { what: '--use without --test', expected: '--use MODEL --test FILE' });
  const predictions = values.predictions === undefined ? undefined : text(values, 'predictions');
  if (predictions !== undefined) formatOf(predictions, 'predictions');
  const use = text(values, 'use');
  const waiting = isOnnx(use) ? await onnxModel(use) : ownModel(use);
  const test = text(values, 'test');
  const roles: Roles = {
    label: values.label === undefined ? (waiting.label ?? '') : text(values, 'label'),
    ...given(values, 'id'),
    ...given(values, 'weight'),
    ...given(values, 'group'),
  };
  const plan = await withTables(values, context, [test], async (compute, [path]) => {
    const file = await openTable(compute, { file: test, path: path!, names: [roles.label, roles.id] });
    needNamed(file, values);
    const features = waiting.features ?? byPlace(file, roles, values);
    return planApplying(compute, file, roles, features);
  });
  const bound = await waiting.bind(plan.features.map(({ name }) => name));
  const { model, by } = bound;
  const { rows, predictSeconds, metrics, warnings } = await apply(values, context, {
    ...{ learner: bound, model, plan, roles, test, predictions },
  });
  return {
    ...{ learner: waiting.name, task: model.task, rows, features: plan.features.length, predictSeconds },
    ...(by === undefined ? {} : { predictedBy: by }),
    ...{ peakRssMb: peakRssMb(), metrics, warnings },
  };
}

function ownModel(file: string): Waiting {
  const { card, model, learner } = openModel(file);
  return {
    ...{ name: card.learner, label: card.label },
    features: card.features.map(({ name, kind }) => ({ name, kind: kind as CellKind })),
    bind: async () => ({ model, predict: (own, data) => learner.predict(own, data) }),
  };
}

async function onnxModel(file: string): Promise<Waiting> {
  const bytes = modelBytes(file);
  const read: OnnxFile = await readOnnx(bytes, file);
  return {
    ...{ name: 'onnx', label: read.card?.label },
    features: portFeatures(read)?.map(({ name, kind }) => ({ name, kind: kind as CellKind })),
    bind: (features) => bindOnnx(read, bytes, { features, learners: allLearners }),
  };
}

/** The columns of the file in its order, without those that have another part. */
function byPlace({ columns }: TableFile, { label, id, weight, group }: Roles, values: Values): PlannedColumn[] {
  const others = [label, id, weight, group, ...(values.ignore === undefined ? [] : text(values, 'ignore').split(','))];
  return columns
    .filter(({ name }) => !others.includes(name))
    .map(({ name, kind }) => ({ name, kind: kind ?? 'number' }));
}

function needNamed(file: TableFile, values: Values): void {
  for (const name of ['label', 'id', 'weight', 'group'])
    if (values[name] !== undefined && !has(file.columns, text(values, name))) throw missing(file, text(values, name));
}
