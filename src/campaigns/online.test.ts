// Aim: in whatever order people come, the budget lasts to the end, is nearly all used and never passed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random, shuffled, split } from '#kernels/random.ts';
import { type Choice, decide, type Pace, paced, resolve } from './online.ts';

function people(count: number, seed: number): Choice[] {
  const draw = random(split(seed, 'online'));
  return Array.from({ length: count }, () => {
    const spend = 2000 * Math.exp(0.8 * draw.normal());
    const keen = draw.uniform();
    const costMinor = [0.02, 0.05, 0.1].map((share) => Math.ceil(10 + share * spend));
    const valueMinor = [0.03, 0.06, 0.09].map((share) => Math.round(spend * share * keen));
    return { costMinor, valueMinor };
  });
}

/** @param again how often the price is found anew from those who are left; 0: never */
function run(order: readonly Choice[], begin: Pace, budgetMinor: number, again: number) {
  let pace = begin;
  let [value, spent, most] = [0, 0, 0];
  for (const [i, choice] of order.entries()) {
    if (again > 0 && i % again === 0) pace = resolve({ budgetMinor }, spent, order.slice(i));
    const j = decide(pace, choice);
    const cost = j < 0 ? 0 : choice.costMinor[j]!;
    if (j >= 0) value += choice.valueMinor[j]!;
    spent += cost;
    pace = paced(pace, cost, again > 0 ? 0 : 1);
    most = Math.max(most, spent);
    assert.equal(pace.leftMinor, budgetMinor - spent);
  }
  assert.ok(most <= budgetMinor);
  return { value, spent };
}

const BUDGET = 100_000;
const all = people(6000, 3);
const known = resolve({ budgetMinor: BUDGET }, 0, all);
/** What the best price brings that is known before. */
const best = all.reduce((sum, choice) => {
  const j = decide({ ...known, leftMinor: 1e12 }, choice);
  return j < 0 ? sum : sum + choice.valueMinor[j]!;
}, 0);

test('a price that is twice or half of what is right finds its way while people come at random', () => {
  for (const factor of [0.5, 1, 2]) {
    const order = Array.from(shuffled(all.length, random(split(7, String(factor)))), (i) => all[i]!);
    const begin = { ...known, price: factor * known.price };
    const { value, spent } = run(order, begin, BUDGET, 0);
    assert.ok(spent > 0.98 * BUDGET, `${factor}: ${spent} spent`);
    assert.ok(value > 0.95 * best, `${factor}: ${value} of ${best}`);
    // without the steps half the price spends all of it on those who come first
    if (factor === 0.5) {
      let [still, left] = [0, BUDGET];
      for (const choice of order) {
        const j = decide({ ...begin, leftMinor: left }, choice);
        if (j < 0) continue;
        still += choice.valueMinor[j]!;
        left -= choice.costMinor[j]!;
      }
      assert.ok(still < value, `${still} with a price that stands still`);
    }
  }
});

test('in a bad order the price is found anew from those who are left', () => {
  const dear = all.slice().sort((a, b) => b.costMinor[2]! - a.costMinor[2]!);
  const cheap = dear.slice().reverse();
  const keen = all.slice().sort((a, b) => a.valueMinor[2]! / a.costMinor[2]! - b.valueMinor[2]! / b.costMinor[2]!);
  for (const order of [dear, cheap, keen]) {
    const { value, spent } = run(order, known, BUDGET, 300);
    assert.ok(spent > 0.98 * BUDGET, `${spent} spent`);
    assert.ok(value > 0.97 * best, `${value} of ${best}`);
  }
});

test('no money, money for all, nobody left', () => {
  assert.equal(resolve({ budgetMinor: 1e12 }, 0, all).price, 0);
  const none = resolve({ budgetMinor: 500 }, 900, all);
  assert.equal(none.leftMinor, 0);
  assert.equal(decide(none, all[0]!), -1);
  assert.deepEqual(resolve({ budgetMinor: 500 }, 100, []), { price: 0, leftMinor: 400, peopleLeft: 0 });
  assert.deepEqual(paced({ price: 0, leftMinor: 10, peopleLeft: 1 }, 0), { price: 0, leftMinor: 10, peopleLeft: 0 });
});
