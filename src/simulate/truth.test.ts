// Aim: what the truth files say is what the made-up customers do: counts, baskets, tastes and parameters are found again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nelderMead } from '#kernels/optimise.ts';
import { random } from '#kernels/random.ts';
import { lbeta, lgamma } from '#kernels/special.ts';
import { cupboard, drawBasket, shelfOf } from './basket.ts';
import { exposure } from './calendar.ts';
import { chooseProduct, expectedBasket, leafShares, wishes } from './choice.ts';
import { gammaTail } from './gamma-tail.ts';
import { LEAVES } from './lexicon.ts';
import { ahead, subject } from './outlook.ts';
import { drawPath, expectedOrders, isThere, repeats } from './path.ts';
import { drawPersona, POPULATION } from './persona.ts';
import { makeWorld, periodOf } from './world.ts';

const world = makeWorld({ seed: 5, products: 240 });
const { endDay } = world.calendar;
const buffer = new Float64Array(world.catalogue.count);

/** |observed - expected| in standard errors of the mean of `values`. */
function distance(values: readonly number[], expected: number): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return Math.abs(mean - expected) / Math.sqrt(variance / values.length);
}

test('the gamma tail has known values and obeys its recurrence', () => {
  assert.ok(Math.abs(gammaTail(1, 2.5) - Math.exp(-2.5)) < 1e-15);
  // erfc(1) and erfc(2), NIST DLMF 7.2.2.
  assert.ok(Math.abs(gammaTail(0.5, 1) - 0.15729920705028513) < 1e-14);
  assert.ok(Math.abs(gammaTail(0.5, 4) - 0.004677734981047266) < 1e-15);
  for (const shape of [0.3, 1.7, 6])
    for (const x of [0.1, 1, 4, 20]) {
      const step = Math.exp(shape * Math.log(x) - x - lgamma(shape + 1));
      assert.ok(Math.abs(gammaTail(shape + 1, x) - gammaTail(shape, x) - step) < 1e-13, `${shape}, ${x}`);
    }
  assert.equal(gammaTail(2, 0), 1);
});

test('BG/NBD fitted to the paths finds the parameters of the population', () => {
  const history: { repeats: number; last: number; age: number }[] = [];
  for (let i = 0; i < 6000; i++) {
    const persona = drawPersona(world.seed, i);
    if (persona.browser) continue;
    const days = drawPath(world, persona).orderDays.filter((day) => day < endDay);
    const [first] = days;
    if (first === undefined) continue;
    const clock = (day: number) => exposure(world.calendar, first + 1, day, persona.sensitivity);
    const lastDay = days.at(-1)!;
    const last = days.length > 1 ? (clock(lastDay) + clock(lastDay + 1)) / 2 : 0;
    history.push({ repeats: days.length - 1, last, age: clock(endDay) });
  }
  // Fader, Hardie, Lee (2005), equation 6, negated.
  const loss = (logs: ArrayLike<number>) => {
    const [r, alpha, a, b] = Array.from(logs, Math.exp) as [number, number, number, number];
    let sum = 0;
    for (const { repeats: x, last, age } of history) {
      const common = lgamma(r + x) - lgamma(r) + r * Math.log(alpha);
      const stays = lbeta(a, b + x) - lbeta(a, b) - (r + x) * Math.log(alpha + age);
      const left = x === 0 ? -Infinity : lbeta(a + 1, b + x - 1) - lbeta(a, b) - (r + x) * Math.log(alpha + last);
      const top = Math.max(stays, left);
      sum += common + top + Math.log(Math.exp(stays - top) + Math.exp(left - top));
    }
    return -sum;
  };
  const found = nelderMead(loss, Float64Array.from([0, 4, 0, 1]));
  const [r, alpha, a, b] = Array.from(found.at, Math.exp) as [number, number, number, number];
  // Standard errors at this size: some 3 % of r and alpha, 8 % of a, 12 % of b.
  assert.ok(Math.abs(r / POPULATION.r - 1) < 0.12, `r ${r}`);
  assert.ok(Math.abs(alpha / POPULATION.alpha - 1) < 0.12, `alpha ${alpha}`);
  assert.ok(Math.abs(a / (a + b) - POPULATION.a / (POPULATION.a + POPULATION.b)) < 0.03, `dropout ${a / (a + b)}`);
});

test('expected orders ahead are what the shop’s future brings', () => {
  const rest: number[] = [];
  for (let i = 0; i < 3000; i++) {
    const persona = drawPersona(world.seed, i);
    const path = drawPath(world, persona);
    const about = subject(world, persona, path, wishes(world, persona, buffer));
    const [expected] = ahead(world, about, endDay, [91]);
    rest.push(path.orderDays.filter((day) => day >= endDay && day < endDay + 91).length - expected!.orders);
  }
  assert.ok(distance(rest, 0) < 4, `${distance(rest, 0)} standard errors`);
});

test('expected orders in closed form are the mean over fresh paths', () => {
  const persona = { ...drawPersona(world.seed, 1), browser: false, rate: 0.05, dropout: 0.3 };
  const passed = exposure(world.calendar, endDay, endDay + 120, persona.sensitivity);
  const draw = random(3);
  const counts = Array.from(
    { length: 4000 },
    () => repeats(world.calendar, persona, endDay, draw, []).orderDays.filter((day) => day < endDay + 120).length,
  );
  assert.ok(distance(counts, expectedOrders(persona, passed)) < 4);
});

test('a basket’s expected worth is the mean of drawn baskets, fresh and in the course of a life', () => {
  const draw = random(9);
  const ratios: number[] = [];
  for (let i = 0; i < 60; i++) {
    const persona = drawPersona(world.seed, i);
    const wish = wishes(world, persona, buffer);
    const expected = expectedBasket(world, persona, wish, periodOf(world, endDay)).shelf;
    const fresh = Array.from({ length: 200 }, () =>
      shelfOf(drawBasket(world, persona, wish, cupboard(), endDay, draw)),
    );
    ratios.push(...fresh.map((value) => value / expected));
  }
  assert.ok(distance(ratios, 1) < 4, `fresh: ${distance(ratios, 1)} standard errors`);
  const lived: number[] = [];
  for (let i = 0; i < 150; i++) {
    const persona = drawPersona(world.seed, i);
    const wish = wishes(world, persona, buffer);
    const home = cupboard();
    for (let k = 0; k < 30; k++) {
      const day = world.calendar.startDay + 17 * k;
      const basket = drawBasket(world, persona, wish, home, day, draw);
      if (k >= 10) lived.push(shelfOf(basket) / expectedBasket(world, persona, wish, periodOf(world, day)).shelf);
    }
  }
  const mean = lived.reduce((sum, value) => sum + value, 0) / lived.length;
  // Due dates shift shares of leaves a little; see choice.ts.
  assert.ok(Math.abs(mean - 1) < 0.05, `in the course of a life: ${mean}`);
});

test('products go with their companions, leaves with their occasion, and used-up goods come again', () => {
  const draw = random(1);
  const { leaf, partner, count } = world.catalogue;
  const single = new Float64Array(count);
  const leaves = new Float64Array(LEAVES.length);
  let [baskets, together, expectedTogether, petPairs] = [0, 0, 0, 0];
  let [again, chances] = [0, 0];
  const food = LEAVES.findIndex(({ key }) => key === 'pet-food');
  const litter = LEAVES.findIndex(({ key }) => key === 'litter');
  for (let i = 0; i < 500; i++) {
    const persona = drawPersona(world.seed, i);
    const wish = wishes(world, persona, buffer);
    const home = cupboard();
    for (let k = 0; k < 12; k++) {
      const before = home.product[food]!;
      const { product } = drawBasket(world, persona, wish, home, endDay - 400 + 30 * k, draw);
      baskets++;
      for (const p of product) single[p] = single[p]! + 1;
      const kinds = new Set(product.map((p) => leaf[p]!));
      for (const c of kinds) leaves[c] = leaves[c]! + 1;
      if (kinds.has(food) && kinds.has(litter)) petPairs++;
      together += product.filter((p) => partner[p]! > p && product.includes(partner[p]!)).length;
      const bought = product.filter((p) => leaf[p] === food);
      if (before >= 0 && bought.length > 0) {
        chances++;
        if (bought.includes(before)) again++;
      }
    }
  }
  for (let p = 0; p < count; p++)
    if (partner[p]! > p) expectedTogether += (single[p]! * single[partner[p]!]!) / baskets;
  assert.ok(together > 4 * expectedTogether, `lift of companions ${together / expectedTogether}`);
  const lift = petPairs / ((leaves[food]! * leaves[litter]!) / baskets);
  assert.ok(lift > 2, `lift of leaves of one occasion ${lift}`);
  assert.ok(again > 0.5 * chances, `bought again ${again} of ${chances}`);
});

test('choice of products follows wish times appeal', () => {
  const persona = drawPersona(world.seed, 3);
  const wish = wishes(world, persona, buffer);
  const { leafStart, count } = world.catalogue;
  const period = periodOf(world, endDay);
  const from = leafStart[4]!;
  const size = leafStart[5]! - from;
  const draw = random(8);
  const seen = new Float64Array(size);
  const rounds = 20_000;
  for (let k = 0; k < rounds; k++) seen[chooseProduct(world, wish, 4, period, draw.uniform) - from]!++;
  const weights = Array.from(
    { length: size },
    (_, k) => (wish[from + k]! - (k === 0 ? 0 : wish[from + k - 1]!)) * world.prices.appeal[period * count + from + k]!,
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (const [k, weight] of weights.entries()) {
    const share = weight / total;
    const error = Math.sqrt((share * (1 - share)) / rounds);
    assert.ok(Math.abs(seen[k]! / rounds - share) <= 4.5 * error + 1e-12, `product ${k}`);
  }
});

test('shares of leaves sum to one, and personas keep to their ranges', () => {
  let repeatBuyers = 0;
  let buyers = 0;
  for (let i = 0; i < 2000; i++) {
    const persona = drawPersona(world.seed, i);
    const shares = leafShares(world, persona);
    assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-12);
    for (const value of [
      persona.sensitivity,
      persona.opens,
      persona.dropout,
      persona.couponHabit,
      persona.reviewChance,
    ])
      assert.ok(value >= 0 && value <= 1);
    const path = drawPath(world, persona);
    assert.ok(path.arrivalDay >= world.calendar.startDay && path.arrivalDay < endDay);
    assert.equal(isThere(path, path.arrivalDay), false);
    const orders = path.orderDays.filter((day) => day < endDay).length;
    if (orders > 0) buyers++;
    if (orders > 1) repeatBuyers++;
  }
  assert.ok(repeatBuyers / buyers > 0.55 && repeatBuyers / buyers < 0.75, `repeat share ${repeatBuyers / buyers}`);
});
