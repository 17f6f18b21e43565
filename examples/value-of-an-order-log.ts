/** What each customer of an order log will be worth over the next 90 days. The log is any table of who, when, how much. */
import { openDuckdb } from '#engines/index.ts';
import { evaluateOrderLog, loadOrderLog } from '#value/index.ts';

const compute = await openDuckdb();
// A regular who buys every ten days, one who did so until spring, and fifty who bought a few times.
await compute.run(`create table orders as
  select 'regular' as who, date '2024-01-01' + 10 * range::integer as day, 30.0 as paid from range(18)
  union all select 'gone', date '2024-01-01' + 10 * range::integer, 30.0 from range(8)
  union all select 'c' || (range // 3), date '2024-01-02' + (range * range * 7 % 170)::integer, 20.0 + range % 7 from range(150)`);

const log = await loadOrderLog(compute, 'orders', { customer: 'who', time: 'day', amount: 'paid' });
const { method, predictions } = await evaluateOrderLog(log, { calibrationEnd: '2024-06-30', horizonDays: 90 });
const { histories, forecast } = predictions;
console.log(`by ${method}, the next 90 days:`);
for (const who of ['regular', 'gone']) {
  const i = histories.customers.indexOf(who);
  const [spend, alive] = [forecast.spend[i]!, forecast.alive[i]!];
  console.log(`${who}: ${spend.toFixed(2)} to be spent, still a customer with ${(100 * alive).toFixed(0)} %`);
}
await compute.close();
