/**
 * What a round brought, as a shop can know it: those who got their offer beside those who were meant for the same one and
 * held out by the draw, less what was expected of each before the round.
 */
import { type Cell, lessKnown, slopesOf, type Total, totalOf } from '#roi/index.ts';
import type { Happened, Standing } from './people.ts';
import type { RoundPlan } from './plan.ts';

/**
 * Incremental profit of a round with its 95 % interval, in minor units; undefined where too few were held out.
 *
 * @param contactMinor [offers] what contacting one customer costs
 */
export function measureRound(
  plan: RoundPlan,
  standing: Standing,
  round: readonly Happened[],
  contactMinor: readonly number[],
): Total | undefined {
  const cells = new Map<string, Sums>();
  let contacts = 0;
  for (const [i, happened] of round.entries()) {
    const offer = plan.meant[i]!;
    if (offer < 0) continue;
    const treated = plan.held[i] !== 1;
    const contact = treated ? contactMinor[offer]! : 0;
    contacts += contact;
    const key = `${offer}/${treated}`;
    const cell = cells.get(key) ?? sumsOf(offer, treated);
    cells.set(key, cell);
    const before = [standing.orders[i]!, standing.orders[i]! * standing.margin[i]!, standing.alive[i]!];
    // what happened holds the contact; the estimate takes it off as known
    put(cell, before, happened.margin + contact);
  }
  const all = [...cells.values()].map(cellOf);
  const pick = (cell: Cell) => cell.outcome.margin;
  const total = totalOf(all, pick, slopesOf(all, pick));
  return total === undefined ? undefined : lessKnown(total, contacts);
}

const BEFORE = 3;

interface Sums {
  readonly offer: number;
  readonly treated: boolean;
  people: number;
  readonly before: number[];
  readonly beforeSquares: number[][];
  sum: number;
  squares: number;
  readonly cross: number[];
}

const zeros = (): number[] => new Array<number>(BEFORE).fill(0);
const sumsOf = (offer: number, treated: boolean): Sums => ({
  ...{ offer, treated, people: 0, before: zeros(), beforeSquares: [zeros(), zeros(), zeros()] },
  ...{ sum: 0, squares: 0, cross: zeros() },
});

function put(cell: Sums, before: readonly number[], value: number): void {
  cell.people++;
  cell.sum += value;
  cell.squares += value * value;
  for (let j = 0; j < BEFORE; j++) {
    cell.before[j]! += before[j]!;
    cell.cross[j]! += before[j]! * value;
    for (let k = 0; k < BEFORE; k++) cell.beforeSquares[j]![k]! += before[j]! * before[k]!;
  }
}

function cellOf({ offer, treated, people, before, beforeSquares, sum, squares, cross }: Sums): Cell {
  const none = { sum: 0, squares: 0, cross: zeros() };
  return {
    ...{ campaign: 'round', offer: String(offer), treated, stratum: String(offer), tier: '' },
    ...{ people, before, beforeSquares },
    outcome: { orders: none, revenue: none, margin: { sum, squares, cross } },
    ...{ contactMinor: 0, discountMinor: 0, chanceSum: 0, chances: 0 },
  };
}
