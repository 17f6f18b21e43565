/** The promises of a learner on tables that nobody would choose: constant, empty, infinite, wide, of one row. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KnownError } from '#errors.ts';
import { type Column, numbers, type Table, table, texts } from '#table/index.ts';
import type { Aim, Fitted, Supervised } from './learner.ts';

const strangeNumber = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, min: -1e3, max: 1e3 }),
  fc.constantFrom(null, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e12, -1e-12, -0),
);

const columnOf = (rows: number): fc.Arbitrary<Column> =>
  fc.oneof(
    fc.array(strangeNumber, { minLength: rows, maxLength: rows }).map((values) => numbers(values)),
    fc.constantFrom(0, 7, null, Number.NaN).map((value) => numbers(new Array(rows).fill(value))),
    fc
      .array(fc.constantFrom('a', 'b', '', '金', null), { minLength: rows, maxLength: rows })
      .map((values) => texts(values)),
  );

/** Tables of 1 to 40 rows and 1 to 12 features, the label of the task, and a weight a row. */
export function strangeTables(task: Aim['task']): fc.Arbitrary<Table> {
  const label = task === 'regress' ? fc.integer({ min: 0, max: 50 }) : fc.integer({ min: 0, max: 2 });
  return fc.integer({ min: 1, max: 40 }).chain((rows) =>
    fc
      .tuple(
        fc.array(columnOf(rows), { minLength: 1, maxLength: 12 }),
        fc.array(label, { minLength: rows, maxLength: rows }),
        fc.array(fc.constantFrom(0, 0.5, 1, 3), { minLength: rows, maxLength: rows }),
      )
      .map(([columns, labels, weights]) =>
        table({
          ...Object.fromEntries(columns.map((column, j) => [`x${j}`, column])),
          label: numbers(labels),
          weight: numbers(weights),
        }),
      ),
  );
}

/**
 * Registers a test: on any strange table the learner either says what is wrong or gives whole, finite predictions that
 * come back from JSON, also for another strange table of the same columns.
 */
export function survives<Params extends Aim, Model extends Fitted>(
  learner: Supervised<Params, Model>,
  params: Params,
  { runs = 60, seed = 1 }: { readonly runs?: number; readonly seed?: number } = {},
): void {
  test(`${learner.name}: ${params.task} of strange tables is refused by name or answered in full`, async () => {
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(strangeTables(params.task), fc.boolean(), async (data, weighted) => {
        const given = { ...params, label: 'label', features: featuresOf(data), ...(weighted && { weight: 'weight' }) };
        let model: Model;
        try {
          model = await learner.fit(data, given, 1);
        } catch (error) {
          assert.ok(error instanceof KnownError, String(error instanceof Error ? error.stack : error));
          return;
        }
        answered++;
        const predicted = learner.predict(model, data);
        assertWhole(predicted, data.length, model.classes.length);
        const text = JSON.stringify(model);
        assert.deepEqual(learner.predict(JSON.parse(text) as Model, data), predicted);
        assertWhole(learner.predict(model, emptied(data)), data.length, model.classes.length);
      }),
      { numRuns: runs, seed },
    );
    assert.ok(answered > runs / 3, `only ${answered} of ${runs} tables were answered`);
  });
}

const featuresOf = (data: Table): string[] => Object.keys(data.columns).filter((name) => name.startsWith('x'));

function assertWhole(predicted: Float64Array, rows: number, classCount: number): void {
  const width = Math.max(1, classCount);
  assert.equal(predicted.length, rows * width);
  assert.ok(
    predicted.every(Number.isFinite),
    `${predicted.find((value) => !Number.isFinite(value))} among predictions`,
  );
  if (classCount === 0) return;
  for (let i = 0; i < rows; i++) {
    const row = predicted.subarray(i * width, (i + 1) * width);
    assert.ok(Math.abs(row.reduce((sum, p) => sum + p, 0) - 1) < 1e-9 && row.every((p) => p >= 0), `chances ${row}`);
  }
}

/** The same columns with nothing in them but gaps and texts never seen. */
function emptied(data: Table): Table {
  const columns = Object.entries(data.columns).map(([name, column]) => [
    name,
    column.kind === 'text'
      ? texts(Array.from(column.codes, (_, i) => (i % 2 === 0 ? null : 'never seen')))
      : numbers(Array.from(column.values, (_, i) => (i % 2 === 0 ? null : 1e9))),
  ]);
  return table(Object.fromEntries(columns));
}
