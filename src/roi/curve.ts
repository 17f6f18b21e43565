/** A campaign day by day: what it had brought so far, and on which day that covered what it had cost. */
import { type Cell, cellKey, type DayAdded, type Sums } from './cells.ts';
import { lessKnown, slopesOf, type Total, totalOf } from './estimate.ts';

/** What the campaign had brought by the end of a day, counted from 0: margin of those who got it less contacts. */
export interface CurveDay extends Pick<Total, 'total' | 'low' | 'high'> {
  readonly day: number;
  /** Margin a head so far, of both sides, as it was. */
  readonly treatedMinor: number;
  readonly heldMinor: number;
}

export interface Payback {
  /** Days after which what it brought had covered its cost for good; null: not within the campaign's days. */
  readonly days: number | null;
  /**
   * 95 %: no day earlier than the first has an upper bound that covers the cost for good, and from the last one on the lower
   * bound does; null: not within the campaign's days.
   */
  readonly interval: readonly [number | null, number | null];
}

/**
 * The curve over the days of a campaign. Discounts cost when they are used and so are in the margin of each day; contacts
 * cost at the beginning.
 */
export function curveOf(
  cells: readonly Cell[],
  added: ReadonlyMap<string, readonly DayAdded[]>,
  { days, contactMinor }: { readonly days: number; readonly contactMinor: number },
): CurveDay[] {
  const size = cells[0]?.before.length ?? 0;
  const state = cells.map((cell) => ({
    queue: added.get(cellKey(cell)) ?? [],
    next: 0,
    sums: { sum: 0, squares: 0, cross: new Array<number>(size).fill(0) },
  }));
  const at = new Map(cells.map((cell, k) => [cell, state[k]!]));
  const pick = (cell: Cell): Sums => at.get(cell)!.sums;
  const head = (treated: boolean) => {
    const own = cells.filter((cell) => cell.treated === treated);
    return own.reduce((sum, cell) => sum + pick(cell).sum, 0) / own.reduce((sum, cell) => sum + cell.people, 0);
  };
  const out: CurveDay[] = [];
  for (let day = 0; day < days; day++) {
    for (const own of state)
      for (let one = own.queue[own.next]; one !== undefined && one.day <= day; one = own.queue[++own.next]) {
        own.sums.sum += one.margin.sum;
        own.sums.squares += one.margin.squares;
        for (let j = 0; j < size; j++) own.sums.cross[j]! += one.margin.cross[j]!;
      }
    const whole = totalOf(cells, pick, slopesOf(cells, pick));
    if (whole === undefined) return [];
    const { total, low, high } = lessKnown(whole, contactMinor);
    out.push({ day, total, low, high, treatedMinor: head(true), heldMinor: head(false) });
  }
  return out;
}

/** When the curve has crossed nothing for good. */
export function paybackOf(curve: readonly CurveDay[]): Payback {
  const from = (value: (day: CurveDay) => number): number | null => {
    let first: number | null = null;
    for (const day of curve) {
      if (value(day) < 0) first = null;
      else first ??= day.day + 1;
    }
    return first;
  };
  return {
    days: from(({ total }) => total),
    interval: [from(({ high }) => high), from(({ low }) => low)],
  };
}
