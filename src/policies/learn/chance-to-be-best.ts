/**
 * The chance of each arm to be the best, arms being independent: the integral of the others' distribution functions over
 * its own law, cell by cell of one grid. What an arm gains in a cell is its own chance to fall there times the mean of the
 * others' chances to be below at both ends; an arm is drawn from the very chances that come out, so propensities are exact
 * whatever the grid. They are within 0.005 of the true integral (0.001 where no arm's law is ten times as narrow as others').
 */
import type { Believed } from './belief.ts';
import { chanceBelow, highOf, normalShape } from './shape.ts';

const CELLS = 48;
/** Further nodes about the leader, in its deviations: its law may be much narrower than the others'. */
const LEADER = Float64Array.from({ length: 15 }, (_, i) => -3.5 + i / 2);
const REACH = 6;
const LEAST = 1e-30;

export function chancesToBeBest({ centres, spreads, shapes }: Believed, explore: number): Float64Array {
  const count = centres.length;
  const won = new Float64Array(count);
  if (count === 1) return won.fill(1);
  const scales = spreads.map((spread, a) => Math.max(explore * spread, 1e-12 * Math.abs(centres[a]!), 1e-300));
  const nodes = nodesOf(centres, scales, shapes?.map(highOf));
  const before = new Float64Array(count);
  const others = new Float64Array(count);
  const below = new Float64Array(count);
  for (let n = 0; n < nodes.length; n++) {
    let all = 1;
    for (let a = 0; a < count; a++) {
      const z = (nodes[n]! - centres[a]!) / scales[a]!;
      const chance = Math.max(LEAST, chanceBelow(shapes === undefined ? normalShape : shapes[a]!, z));
      below[a] = chance;
      all *= chance;
    }
    for (let a = 0; a < count; a++) {
      const rest = all / below[a]!;
      if (n > 0) won[a]! += ((below[a]! - before[a]!) * (rest + others[a]!)) / 2;
      before[a] = below[a]!;
      others[a] = rest;
    }
  }
  let sum = 0;
  for (let a = 0; a < count; a++) sum += won[a]!;
  for (let a = 0; a < count; a++) won[a]! /= sum;
  return won;
}

/** From where the best arm surely is above to where no arm is. */
function nodesOf(centres: Float64Array, scales: Float64Array, highs: readonly number[] | undefined): Float64Array {
  let [low, high, leader] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let a = 0; a < centres.length; a++) {
    low = Math.max(low, centres[a]! - REACH * scales[a]!);
    high = Math.max(high, centres[a]! + (highs?.[a] ?? REACH) * scales[a]!);
    if (centres[a]! > centres[leader]!) leader = a;
  }
  const nodes = new Float64Array(CELLS + 1 + LEADER.length);
  for (let i = 0; i <= CELLS; i++) nodes[i] = low + ((high - low) * i) / CELLS;
  for (let i = 0; i < LEADER.length; i++)
    nodes[CELLS + 1 + i] = Math.min(high, Math.max(low, centres[leader]! + LEADER[i]! * scales[leader]!));
  return nodes.sort();
}
