/** Sums over groups of people: all that measuring needs of them, added up by the engine in whole numbers. */
import type { Compute } from '#engines/index.ts';
import { BEFORE, OUTCOMES, type OutcomeName } from './stage.ts';

/** Sums of one outcome over the people of a cell. */
export interface Sums {
  readonly sum: number;
  readonly squares: number;
  /** [before] of the outcome times each figure from before */
  readonly cross: readonly number[];
}

/** People of one campaign, offer (null: held out for any), side, stratum and tier. */
export interface Cell {
  readonly campaign: string;
  readonly offer: string | null;
  readonly treated: boolean;
  readonly stratum: string;
  readonly tier: string;
  readonly people: number;
  /** [before] sums, and [before x before] sums of products, of the figures from before */
  readonly before: readonly number[];
  readonly beforeSquares: readonly (readonly number[])[];
  readonly outcome: Readonly<Record<OutcomeName, Sums>>;
  readonly contactMinor: number;
  readonly discountMinor: number;
  /** Sum and count of the chances of the arm that was drawn; none where the log doesn't tell. */
  readonly chanceSum: number;
  readonly chances: number;
}

/** A day of a cell's curve: what the day adds to the sums of margin since the campaign began. */
export interface DayAdded {
  readonly day: number;
  readonly margin: Sums;
}

const WHO = 'campaign_id, offer_id, treated, stratum, tier';
const named = (row: Row) => ({
  campaign: String(row.campaign_id),
  offer: row.offer_id === null ? null : String(row.offer_id),
  treated: row.treated === true,
  stratum: String(row.stratum),
  tier: String(row.tier),
});
type Row = Readonly<Record<string, string | number | boolean | null>>;
const squareOf = (a: string, b: string) => `sum(${a}::hugeint * ${b})::double`;

/**
 * The cells of all campaigns, in order.
 *
 * @param from people, in the columns of `roi_tmp_person`
 */
export async function readCells(compute: Compute, from = 'roi_tmp_person'): Promise<Cell[]> {
  const before = BEFORE.flatMap((a, j) => [
    `sum(${a})::double as b_${j}`,
    ...BEFORE.slice(0, j + 1).map((b, k) => `${squareOf(a, b)} as bb_${j}_${k}`),
  ]);
  const outcomes = OUTCOMES.flatMap((name) => [
    `sum(${name})::double as ${name}_sum`,
    `${squareOf(name, name)} as ${name}_squares`,
    ...BEFORE.map((b, j) => `${squareOf(name, b)} as ${name}_cross_${j}`),
  ]);
  const rows = await compute.rows<Row>(
    `select ${WHO}, count(*) as people, sum(cost)::double as contact, sum(discount)::double as discount,
       coalesce(sum(round(propensity * 1e9)::hugeint)::double / 1e9, 0) as chance_sum, count(propensity) as chances,
       ${[...before, ...outcomes].join(', ')}
     from ${from} group by all order by all`,
  );
  const at = (row: Row, name: string) => Number(row[name]);
  const sums = (row: Row, name: OutcomeName): Sums => ({
    sum: at(row, `${name}_sum`),
    squares: at(row, `${name}_squares`),
    cross: BEFORE.map((_, j) => at(row, `${name}_cross_${j}`)),
  });
  return rows.map((row) => ({
    ...named(row),
    people: at(row, 'people'),
    before: BEFORE.map((_, j) => at(row, `b_${j}`)),
    beforeSquares: BEFORE.map((_, j) => BEFORE.map((__, k) => at(row, `bb_${Math.max(j, k)}_${Math.min(j, k)}`))),
    outcome: { orders: sums(row, 'orders'), revenue: sums(row, 'revenue'), margin: sums(row, 'margin') },
    contactMinor: at(row, 'contact'),
    discountMinor: at(row, 'discount'),
    chanceSum: at(row, 'chance_sum'),
    chances: at(row, 'chances'),
  }));
}

export const cellKey = (cell: Pick<Cell, 'campaign' | 'offer' | 'treated' | 'stratum' | 'tier'>): string =>
  JSON.stringify([cell.campaign, cell.offer, cell.treated, cell.stratum, cell.tier]);

/** Days by cell: the square of a running total grows by m^2 + 2 m (total so far) on a day with margin m. */
export async function readDays(compute: Compute): Promise<Map<string, DayAdded[]>> {
  const rows = await compute.rows<Row>(
    `select ${WHO}, day, sum(s.margin)::double as sum, sum(s.margin::hugeint * s.margin + 2 * s.margin::hugeint * s.margin_so_far)::double as squares,
       ${BEFORE.map((b, j) => `sum(s.margin::hugeint * p.${b})::double as cross_${j}`).join(', ')}
     from roi_tmp_spree s join roi_tmp_person p using (campaign_id, customer_id) group by all order by all`,
  );
  const days = new Map<string, DayAdded[]>();
  for (const row of rows) {
    const key = cellKey(named(row));
    const margin = {
      sum: Number(row.sum),
      squares: Number(row.squares),
      cross: BEFORE.map((_, j) => Number(row[`cross_${j}`])),
    };
    days.set(key, [...(days.get(key) ?? []), { day: Number(row.day), margin }]);
  }
  return days;
}
