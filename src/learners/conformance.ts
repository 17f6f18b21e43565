/** What every learner promises; its tests call this with a table it can learn from. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Column, Table } from '#table/index.ts';
import type { Learner } from './learner.ts';

export interface ConformanceCase<Params> {
  readonly data: Table;
  readonly params: Params;
  /** How far predictions may move when rows come in another order; default 1e-6 of their size. */
  readonly orderTolerance?: number;
}

/** Registers the tests that every learner must pass. */
export function conformance<Params, Model>(learner: Learner<Params, Model>, given: ConformanceCase<Params>): void {
  const { data, params, orderTolerance = 1e-6 } = given;
  let model: Model;
  let predicted: Float64Array;
  before(async () => {
    model = await learner.fit(data, params, 1);
    predicted = learner.predict(model, data);
  });
  const widthOf = () => predicted.length / data.length;

  test(`${learner.name}: finite predictions, as many for each row`, () => {
    assert.ok(widthOf() >= 1 && Number.isInteger(widthOf()), `${predicted.length} predictions of ${data.length} rows`);
    assert.ok(predicted.every(Number.isFinite));
  });

  test(`${learner.name}: same seed, same model`, async () => {
    assert.deepEqual(await learner.fit(data, params, 1), model);
  });

  test(`${learner.name}: inputs are left as they were`, async () => {
    const as = structuredClone({ data, params });
    learner.predict(await learner.fit(data, params, 2), data);
    assert.deepEqual({ data, params }, as);
  });

  test(`${learner.name}: a model read back from JSON predicts the same`, () => {
    const text = JSON.stringify(model);
    assert.deepEqual(learner.predict(JSON.parse(text) as Model, data), predicted);
    assert.equal(JSON.stringify(JSON.parse(text)), text);
  });

  test(`${learner.name}: row order is irrelevant`, async () => {
    const order = Int32Array.from({ length: data.length }, (_, i) => i).sort(
      (a, b) => ((a * 7919) % 104_729) - ((b * 7919) % 104_729) || a - b,
    );
    const again = learner.predict(await learner.fit(reordered(data, order), params, 1), data);
    for (let i = 0; i < predicted.length; i++)
      assert.ok(
        Math.abs(again[i]! - predicted[i]!) <= orderTolerance * (1 + Math.abs(predicted[i]!)),
        `row ${Math.floor(i / widthOf())}: ${again[i]} after, ${predicted[i]} before`,
      );
  });

  test(`${learner.name}: a row is predicted alone as among others`, () => {
    const alone = learner.predict(model, reordered(data, Int32Array.of(data.length - 1)));
    assert.deepEqual(alone, predicted.slice(-widthOf()));
  });
}

/** The rows of `data` at `order`. */
export function reordered(data: Table, order: Int32Array): Table {
  const columns: Record<string, Column> = {};
  for (const [name, column] of Object.entries(data.columns)) {
    if (column.kind === 'text') columns[name] = { ...column, codes: order.map((i) => column.codes[i]!) };
    else
      columns[name] = {
        ...column,
        values: Float64Array.from(order, (i) => column.values[i]!),
        ...(column.valid === undefined ? {} : { valid: Uint8Array.from(order, (i) => column.valid![i]!) }),
      };
  }
  return { length: order.length, columns };
}
