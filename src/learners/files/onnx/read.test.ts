// Aim: models trained elsewhere predict here as there, by our own code where it can hold them and by the runtime else.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { numbers, type Table, table } from '#table/index.ts';
import { learners } from '../../index.ts';
import type { Fitted } from '../../learner.ts';
import { isEnsemble } from '../../trees/ensemble.ts';
import { predictEnsemble } from '../../trees/predict.ts';
import { importOnnx, readOnnx, runnable } from './read.ts';
import { openSession } from './runtime.ts';

interface Case {
  readonly name: string;
  readonly classes: readonly string[] | null;
  readonly imported: boolean;
  readonly onnx: string;
  readonly rows: readonly (readonly (number | null)[])[];
  readonly expected: readonly (number | readonly number[])[];
}
const golden = JSON.parse(readFileSync(new URL('../../../../golden/onnx-models.json', import.meta.url), 'utf8')) as {
  tolerance: number;
  cases: Case[];
};
const missing = await import('onnxruntime-node').then(
  () => false as const,
  (error: Error) => `onnxruntime-node is not here: ${error.message}`,
);
const FEATURES = ['f0', 'f1', 'f2', 'f3'];

const tableOf = (rows: Case['rows']): Table =>
  table(Object.fromEntries(FEATURES.map((name, j) => [name, numbers(rows.map((row) => row[j]))])));

function same(got: ArrayLike<number>, { expected, name }: Case): void {
  const flat = expected.flat() as number[];
  assert.equal(got.length, flat.length, name);
  for (const [i, value] of flat.entries())
    assert.ok(
      Math.abs(got[i]! - value) <= golden.tolerance * Math.max(1, Math.abs(value)),
      `${name}, ${i}: ${got[i]} of ${value}`,
    );
}

const predict = (model: Fitted, data: Table) =>
  isEnsemble(model)
    ? predictEnsemble(model, data)
    : learners.find(({ name }) => name === model.kind)!.predict(model, data);

for (const known of golden.cases) {
  const bytes = Buffer.from(known.onnx, 'base64');
  test(`${known.name}: taken over`, { skip: known.imported ? false : 'the runtime runs it' }, async () => {
    const made = importOnnx(await readOnnx(bytes, 'm.onnx'), FEATURES);
    assert.ok('model' in made, JSON.stringify(made));
    assert.deepEqual(made.model.classes, known.classes ?? []);
    same(predict(made.model, tableOf(known.rows)), known);
  });
  test(`${known.name}: by the runtime`, { skip: missing }, async () => {
    const file = await readOnnx(bytes, 'm.onnx');
    assert.deepEqual(file.classes, known.classes ?? []);
    const session = await openSession(await runnable(file, bytes), 'm.onnx', [
      { port: file.ports[0]!, features: FEATURES },
    ]);
    const made = await session.run(tableOf(known.rows));
    const width = known.classes?.length ?? 1;
    const numbers = [...made.values()].filter((own) => own.values instanceof Float64Array && own.width === width);
    same(numbers.at(-1)!.values as Float64Array, known);
  });
}
