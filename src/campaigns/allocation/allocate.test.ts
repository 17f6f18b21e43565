// Aim: an allocation never breaks a bound, is near the best there is, and its bound is one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { random, split } from '#kernels/random.ts';
import { allocate } from './allocate.ts';
import type { Bounds, Options } from './options.ts';
import { chooseAt, findPrices, nearby } from './prices.ts';

/** Each customer has each offer. */
function dense(values: readonly number[][], costs: readonly number[][], most?: readonly number[]): Options {
  const [customers, offers] = [values.length, values[0]?.length ?? 0];
  return {
    customers,
    offsets: Int32Array.from({ length: customers + 1 }, (_, c) => c * offers),
    value: Float64Array.from(values.flat()),
    cost: Float64Array.from(costs.flat()),
    kinds:
      most === undefined
        ? []
        : [
            {
              of: Int32Array.from({ length: customers * offers }, (_, row) => row % offers),
              most: Float64Array.from(most),
            },
          ],
  };
}

/** What the rows given come to, counted anew; all bounds are checked. */
function counted(options: Options, bounds: Bounds, given: Int32Array) {
  let [value, spent] = [0, 0];
  const used = options.kinds.map(({ most }) => new Float64Array(most.length));
  for (const [customer, row] of given.entries()) {
    if (row < 0) continue;
    assert.ok(row >= options.offsets[customer]! && row < options.offsets[customer + 1]!, 'an option of the customer');
    value += options.value[row]!;
    spent += options.cost[row]!;
    for (const [k, { of }] of options.kinds.entries()) if (of[row]! >= 0) used[k]![of[row]!]! += 1;
  }
  assert.ok(spent <= bounds.budget, `${spent} of ${bounds.budget} spent`);
  assert.ok(value >= (bounds.minRoi ?? 0) * spent - 1e-9, `${value} for ${spent}`);
  for (const [k, { most }] of options.kinds.entries())
    for (const [code, places] of most.entries()) assert.ok(used[k]![code]! <= places, `${used[k]![code]} of ${places}`);
  return { value, spent };
}

/** By trying everything. */
function best(options: Options, bounds: Bounds): number {
  const used = options.kinds.map(({ most }) => new Float64Array(most.length));
  let most = 0;
  const walk = (customer: number, value: number, spent: number): void => {
    if (customer === options.customers) {
      if (value >= (bounds.minRoi ?? 0) * spent) most = Math.max(most, value);
      return;
    }
    walk(customer + 1, value, spent);
    for (let row = options.offsets[customer]!; row < options.offsets[customer + 1]!; row++) {
      if (spent + options.cost[row]! > bounds.budget) continue;
      const codes = options.kinds.map(({ of }) => of[row]!);
      if (codes.some((code, k) => code >= 0 && used[k]![code]! + 1 > options.kinds[k]!.most[code]!)) continue;
      for (const [k, code] of codes.entries()) if (code >= 0) used[k]![code]! += 1;
      walk(customer + 1, value + options.value[row]!, spent + options.cost[row]!);
      for (const [k, code] of codes.entries()) if (code >= 0) used[k]![code]! -= 1;
    }
  };
  walk(0, 0, 0);
  return most;
}

const money = fc.integer({ min: 0, max: 100 });
const world = fc
  .record({ customers: fc.integer({ min: 1, max: 6 }), offers: fc.integer({ min: 1, max: 3 }) })
  .chain(({ customers, offers }) => {
    const grid = (cell: fc.Arbitrary<number>) =>
      fc.array(fc.array(cell, { minLength: offers, maxLength: offers }), {
        minLength: customers,
        maxLength: customers,
      });
    return fc.record({
      values: grid(fc.integer({ min: -20, max: 100 })),
      costs: grid(money),
      most: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: offers, maxLength: offers }),
      budget: fc.integer({ min: 0, max: 300 }),
      minRoi: fc.option(fc.double({ min: 0.2, max: 4, noNaN: true }), { nil: undefined }),
    });
  });

test('small worlds: no bound is broken, the upper bound is one, and one customer’s value at most is missed', () => {
  fc.assert(
    fc.property(world, ({ values, costs, most, budget, minRoi }) => {
      const options = dense(values, costs, most);
      const bounds: Bounds = { budget, ...(minRoi === undefined ? {} : { minRoi }) };
      const result = allocate(options, bounds);
      const { value, spent } = counted(options, bounds, result.given);
      assert.deepEqual([value, spent], [result.value, result.spent]);
      const truth = best(options, bounds);
      assert.ok(truth <= result.upperBound * (1 + 1e-9) + 1e-9, `${truth} above the bound of ${result.upperBound}`);
      assert.ok(value <= truth + 1e-9);
      if (minRoi === undefined && most.every((places) => places >= values.length))
        assert.ok(truth - value <= Math.max(0, ...values.flat()), `${value} of ${truth}`);
    }),
    { seed: 11, numRuns: 400 },
  );
});

/** Customers who differ in what offers do to them; dearer offers do more. */
function shop(customers: number, offers: number, seed: number) {
  const draw = random(split(seed, 'allocation'));
  const [values, costs]: [number[][], number[][]] = [[], []];
  for (let c = 0; c < customers; c++) {
    const spend = 3000 * Math.exp(0.9 * draw.normal());
    const keen = draw.uniform();
    values.push(
      Array.from({ length: offers }, (_, j) =>
        Math.round(spend * keen * (0.02 * Math.sqrt(j + 1) + 0.02 * draw.normal())),
      ),
    );
    costs.push(
      Array.from({ length: offers }, (_, j) => Math.round(20 + 0.01 * (j + 1) * spend * (0.5 + draw.uniform()))),
    );
  }
  return { values, costs };
}

test('10,000 customers with budget, return and places: within a thousandth of the bound', () => {
  const { values, costs } = shop(10_000, 5, 3);
  for (const bounds of [{ budget: 140_000 }, { budget: 140_000, minRoi: 2.2 }, { budget: 1e9, minRoi: 1.5 }]) {
    const options = dense(values, costs, [700, Number.POSITIVE_INFINITY, 500, 300, 1300]);
    const result = allocate(options, bounds);
    counted(options, bounds, result.given);
    assert.ok(result.gap >= 0 && result.gap <= 1e-3, `gap ${result.gap}`);
  }
});

test('90,000 customers: prices from a sample, carried over to all', () => {
  const { values, costs } = shop(90_000, 3, 4);
  const options = dense(values, costs, [9000, 4000, 6000]);
  for (const bounds of [{ budget: 900_000 }, { budget: 900_000, minRoi: 2.5 }, { budget: 1e9 }]) {
    const result = allocate(options, bounds);
    counted(options, bounds, result.given);
    assert.ok(result.gap >= 0 && result.gap <= 1e-3, `gap ${result.gap}`);
  }
});

test('prices that are far off are found anew: the budget is kept and nearly used up', () => {
  const { values, costs } = shop(4000, 3, 8);
  const options = dense(values, costs);
  const bounds = { budget: 40_000 };
  const right = findPrices(options, bounds, { rounds: 20, tolerance: 1e-9 }).budget;
  for (const factor of [0, 0.2, 0.97, 1, 1.03, 5, 400]) {
    const { budget } = nearby(options, bounds, { budget: factor * right, roi: 0, limits: [] });
    const { cost } = chooseAt(options, { budget, roi: 0, limits: [] }, bounds);
    assert.ok(cost <= bounds.budget && cost > 0.99 * bounds.budget, `${factor}: ${cost} at ${budget}`);
  }
  assert.equal(nearby(options, { budget: 1e12 }, { budget: right, roi: 0, limits: [] }).budget, 0);
});

test('two kinds of limits at once: offers and tiers', () => {
  const { values, costs } = shop(5000, 3, 5);
  const options = dense(values, costs, [300, 500, 200]);
  const tiers = Int32Array.from({ length: 15_000 }, (_, row) => (Math.floor(row / 3) % 10 === 0 ? 1 : 0));
  const both = { ...options, kinds: [...options.kinds, { of: tiers, most: Float64Array.of(400, 90) }] };
  const result = allocate(both, { budget: 1e9 });
  counted(both, { budget: 1e9 }, result.given);
  assert.ok(result.gap <= 0.005, `gap ${result.gap}`);
  assert.equal(result.assigned, 490);
});

test('nothing to spend, nothing to gain, more than enough, free offers, everybody alike', () => {
  const { values, costs } = shop(500, 3, 7);
  assert.equal(allocate(dense(values, costs), { budget: 0 }).spent, 0);
  const bad = allocate(
    dense(
      values.map((row) => row.map((v) => -Math.abs(v))),
      costs,
    ),
    { budget: 1000 },
  );
  assert.deepEqual([bad.assigned, bad.value, bad.gap], [0, 0, 0]);
  const rich = allocate(dense(values, costs), { budget: 1e12 });
  assert.equal(
    rich.value,
    values.reduce((sum, row) => sum + Math.max(0, ...row), 0),
  );
  assert.equal(rich.prices.budget, 0);
  const free = allocate(dense([[5], [-1], [3]], [[0], [0], [0]]), { budget: 0 });
  assert.deepEqual([free.value, free.assigned], [8, 2]);
  const alike = allocate(
    dense(
      Array.from({ length: 1000 }, () => [10]),
      Array.from({ length: 1000 }, () => [3]),
    ),
    { budget: 1000 },
  );
  assert.deepEqual([alike.assigned, alike.spent], [333, 999]);
  assert.equal(allocate(dense([], []), { budget: 5 }).assigned, 0);
});

test('more budget never brings less, and its price falls', () => {
  const { values, costs } = shop(3000, 4, 9);
  const { curve } = allocate(dense(values, costs), { budget: 60_000 }, { curve: true });
  for (let k = 1; k < curve.length; k++) {
    assert.ok(curve[k]!.value >= curve[k - 1]!.value * (1 - 1e-9));
    assert.ok(curve[k]!.shadowPrice <= curve[k - 1]!.shadowPrice * (1 + 1e-6));
  }
});
