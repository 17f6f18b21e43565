/**
 * The chance of each arm to be the best, arms being independent: the integral of the others' distribution functions over
 * its own law, cell by cell of one grid. What an arm gains in a cell is its own chance to fall there times the mean of the
 * others' chances to be below at both ends; an arm is drawn from the very chances that come out, so propensities are exact
 * whatever the grid. They are within 0.005 of the true integral, and within 0.015 where one arm's deviation is hundreds of
 * times another's.
 */
import type { Believed } from './belief.ts';
import { chanceBelow, highOf, normalShape } from './shape.ts';

const CELLS = 48;
/** Further nodes about the leader, in its deviations: its law may be much narrower than the others'. */
const LEADER = Float64Array.from({ length: 15 }, (_, i) => -3.5 + i / 2);
/** Deviations to either side that count: beyond them is 3 in 100,000. */
const REACH = 4;
const LEAST = 1e-30;

export function chancesToBeBest({ centres, spreads, shapes }: Believed, explore: number): Float64Array {
  const won = new Float64Array(centres.length);
  const all = Float64Array.from(spreads, (spread, a) =>
    Math.max(explore * spread, 1e-12 * Math.abs(centres[a]!), 1e-300),
  );
  const low = centres.reduce((most, centre, a) => Math.max(most, centre - REACH * all[a]!), Number.NEGATIVE_INFINITY);
  const topOf = (a: number): number => centres[a]! + (shapes === undefined ? REACH : highOf(shapes[a]!)) * all[a]!;
  // an arm whose whole law is below all of another's is never drawn
  const arms = Array.from(centres.keys()).filter((a) => topOf(a) >= low);
  if (arms.length === 1) {
    won[arms[0]!] = 1;
    return won;
  }
  const count = arms.length;
  const middles = Float64Array.from(arms, (a) => centres[a]!);
  const scales = Float64Array.from(arms, (a) => all[a]!);
  const rates = scales.map((scale) => 1 / scale);
  const laws = arms.map((a) => (shapes === undefined ? normalShape : shapes[a]!));
  const nodes = nodesOf(low, Math.max(...arms.map(topOf)), middles, scales);
  const gained = new Float64Array(count);
  const before = new Float64Array(count);
  const others = new Float64Array(count);
  const below = new Float64Array(count);
  for (let n = 0; n < nodes.length; n++) {
    let product = 1;
    for (let a = 0; a < count; a++) {
      below[a] = Math.max(LEAST, chanceBelow(laws[a]!, (nodes[n]! - middles[a]!) * rates[a]!));
      product *= below[a]!;
    }
    for (let a = 0; a < count; a++) {
      const rest = product / below[a]!;
      if (n > 0) gained[a]! += ((below[a]! - before[a]!) * (rest + others[a]!)) / 2;
      before[a] = below[a]!;
      others[a] = rest;
    }
  }
  let sum = 0;
  for (let a = 0; a < count; a++) sum += gained[a]!;
  for (let a = 0; a < count; a++) won[arms[a]!] = gained[a]! / sum;
  return won;
}

/** From where the best arm surely is above to where no arm is; more of them about the arm with the highest centre. */
function nodesOf(low: number, high: number, middles: Float64Array, scales: Float64Array): Float64Array {
  let leader = 0;
  for (let a = 0; a < middles.length; a++) if (middles[a]! > middles[leader]!) leader = a;
  const nodes = new Float64Array(CELLS + 1 + LEADER.length);
  for (let i = 0; i <= CELLS; i++) nodes[i] = low + ((high - low) * i) / CELLS;
  for (let i = 0; i < LEADER.length; i++)
    nodes[CELLS + 1 + i] = Math.min(high, Math.max(low, middles[leader]! + LEADER[i]! * scales[leader]!));
  return nodes.sort();
}
