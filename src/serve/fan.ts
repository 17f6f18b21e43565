/** The value of one customer over several horizons, from what the run has stored. */
import type { Cell } from '#engines/index.ts';
import { dayOf } from '#events/index.ts';
import { dayNumber } from '#kernels/local-time.ts';
import { type FanPoint, valueFan } from '#value/index.ts';
import { at, readReport, textAt } from './facts.ts';
import type { Store } from './store.ts';

const DAYS = [30, 90, 180, 365];

/** Points at DAYS and at the run's own horizon; empty where the customer has no value or the run no model for it. */
export async function fanOf(store: Store, id: string, value: Readonly<Record<string, Cell>>): Promise<FanPoint[]> {
  const { horizonDays, asOf, shop } = store.facts;
  const told = {
    horizonDays,
    valueMinor: numberOf(value.value_minor),
    lowMinor: numberOf(value.value_low_minor),
    highMinor: numberOf(value.value_high_minor),
    marginShare: numberOf(value.margin_share),
  };
  const model = await modelOf(store);
  if (model === null || Object.values(told).some(Number.isNaN)) return [];
  const day = dayOf('ordered_at', shop.timeZone);
  const [one] = await store.compute.rows<{ orders: number; first: number | null; last: number | null; spend: number }>(
    `select count(distinct ${day}) filter (status = 'paid') as orders, min(${day}) filter (status = 'paid') as first,
       max(${day}) filter (status = 'paid') as last,
       (coalesce(sum(paid) filter (status = 'paid'), 0) - coalesce(sum(paid) filter (status = 'refunded'), 0))::bigint as spend
     from order_lines where customer_id = $id and status in ('paid', 'refunded') and ordered_at <= $asOf`,
    { id, asOf },
  );
  if (one === undefined || one.first === null || one.last === null) return [];
  const { orders, first: firstDay, last: lastDay, spend } = one;
  const days = [...new Set([...DAYS, horizonDays])].sort((a, b) => a - b);
  return valueFan(model, { orders, firstDay, lastDay, spend, seenDay: dayNumber(asOf, shop.timeZone) }, told, days);
}

const numberOf = (cell: Cell | undefined): number => (typeof cell === 'number' ? cell : Number.NaN);

function modelOf(store: Store): Promise<{ method: string; parameters: Record<string, number> } | null> {
  return store.memo('value model', async () => {
    const report = readReport(store.dir, 'value');
    const [method, parameters] = [textAt(report, 'method'), at(report, 'parameters')];
    if (method === null || typeof parameters !== 'object' || parameters === null) return null;
    const known = Object.entries(parameters).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
    return { method, parameters: Object.fromEntries(known) };
  });
}
