/** A small random shop with campaigns, as tables and as plain rows; for the tests of this folder. */
import { SQL_TYPES } from '#catalog/index.ts';
import { type Compute, openDuckdb } from '#engines/index.ts';
import { TABLES } from '#events/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { random, split } from '#kernels/random.ts';
import { type NumberColumn, numbers, type TextColumn, table, texts } from '#table/index.ts';

export const START = Date.UTC(2026, 2, 1);
export const DAYS = 20;
export const AS_OF = START + 60 * DAY_MS;

export interface TinyOrder {
  readonly customer: number;
  readonly at: number;
  readonly paid: number;
  readonly cost: number;
  /** Comes back so many days later; null: stays. */
  readonly backDays: number | null;
  /** Discount of the campaign's coupon; 0: none was used. */
  readonly discount: number;
}

export interface TinyPerson {
  readonly arm: string;
  readonly tier: string;
}

export interface TinyWorld {
  readonly people: readonly TinyPerson[];
  readonly orders: readonly TinyOrder[];
}

/** Two offers at 0.4 and 0.3, a holdout of 0.3; tiers buy differently; the second offer brings more orders. */
export function tinyWorld(seed: number, size: number): TinyWorld {
  const draw = random(split(seed, 'tiny'));
  const orders: TinyOrder[] = [];
  const people = Array.from({ length: size }, (_, customer) => {
    const u = draw.uniform();
    const arm = u < 0.4 ? 'F1' : u < 0.7 ? 'F2' : 'holdout';
    const tier = draw.uniform() < 0.3 ? 'gold' : 'base';
    const rate = draw.gamma(2, 2) * (tier === 'gold' ? 1.5 : 0.5);
    const order = (at: number, discount: number) => {
      const paid = 1000 + draw.integer(9000) - discount;
      const cost = Math.round(0.4 * paid);
      orders.push({
        customer,
        at,
        paid,
        cost,
        backDays: draw.uniform() < 0.15 ? 1 + draw.integer(30) : null,
        discount,
      });
    };
    for (let k = draw.poisson(4 * rate); k > 0; k--) order(START - 1 - draw.integer(200 * DAY_MS), 0);
    const more = arm === 'F2' ? 0.6 : 0;
    for (let k = draw.poisson(rate + more); k > 0; k--)
      order(START + draw.integer(DAYS * DAY_MS), arm !== 'holdout' && draw.uniform() < 0.5 ? 200 : 0);
    for (let k = draw.poisson(rate); k > 0; k--) order(START + DAYS * DAY_MS + draw.integer(10 * DAY_MS), 0);
    return { arm, tier };
  });
  return { people, orders };
}

const CHANCES: Readonly<Record<string, number>> = { F1: 0.4, F2: 0.3, holdout: 0.3 };
export const CONTACT = 25;
export const idOf = (customer: number): string => `C${customer}`;

/** Tables of the lake and of a run that hold the world; campaign `K` ran over it. */
export async function tinyTables({ people, orders }: TinyWorld, threads?: number): Promise<Compute> {
  const compute = await openDuckdb({ memoryMb: 300, ...(threads === undefined ? {} : { threads }) });
  for (const { name, columns } of TABLES)
    await compute.run(
      `create table ${name} (${columns.map((each) => `${each.name} ${SQL_TYPES[each.kind]}`).join(', ')})`,
    );
  const fill = async (name: string, columns: Record<string, NumberColumn | TextColumn>) => {
    await compute.load('tiny_rows', table(columns));
    await compute.run(`insert into ${name} by name from tiny_rows; drop table tiny_rows`);
  };
  const sold = orders.map((order, k) => ({ ...order, id: `O${k}`, returns: null as string | null, status: 'paid' }));
  const back = orders.flatMap((order, k) =>
    order.backDays === null
      ? []
      : [{ ...order, id: `R${k}`, returns: `O${k}`, status: 'refunded', at: order.at + order.backDays * DAY_MS }],
  );
  const lines = [...sold, ...back].filter(({ at }) => at <= AS_OF);
  await fill('order_lines', {
    order_id: texts(lines.map(({ id }) => id)),
    line: numbers(lines.map(() => 1)),
    customer_id: texts(lines.map(({ customer }) => idOf(customer))),
    product_id: texts(lines.map(({ cost }) => `P${cost}`)),
    ordered_at: numbers(lines.map(({ at }) => at)),
    quantity: numbers(lines.map(() => 1)),
    paid: numbers(lines.map(({ paid }) => paid)),
    coupon_discount: numbers(lines.map(({ discount }) => discount)),
    status: texts(lines.map(({ status }) => status)),
    returns_order_id: texts(lines.map(({ returns }) => returns)),
  });
  const costs = [...new Set(orders.map(({ cost }) => cost))];
  await fill('products', { product_id: texts(costs.map((cost) => `P${cost}`)), unit_cost: numbers(costs) });
  await fill('campaigns', {
    campaign_id: texts(['K']),
    name: texts(['Tiny']),
    starts_at: numbers([START]),
    ends_at: numbers([START + DAYS * DAY_MS - 1]),
  });
  const offered = (arm: string) => arm !== 'holdout';
  await fill('exposures', {
    campaign_id: texts(people.map(() => 'K')),
    customer_id: texts(people.map((_, k) => idOf(k))),
    offer_id: texts(people.map(({ arm }) => (offered(arm) ? arm : null))),
    arm: texts(people.map(({ arm }) => arm)),
    propensity: numbers(people.map(({ arm }) => CHANCES[arm]!)),
    shown_at: numbers(people.map(({ arm }) => (offered(arm) ? START : null))),
    clicked_at: numbers(people.map(({ arm }, k) => (offered(arm) && k % 3 === 0 ? START + 3_600_000 : null))),
    cost: numbers(people.map(({ arm }) => (offered(arm) ? CONTACT : 0))),
  });
  const used = sold.filter(({ discount }) => discount > 0);
  await fill('redemptions', {
    redemption_id: texts(used.map((_, k) => `X${k}`)),
    customer_id: texts(used.map(({ customer }) => idOf(customer))),
    campaign_id: texts(used.map(() => 'K')),
    offer_id: texts(used.map(({ customer }) => people[customer]!.arm)),
    order_id: texts(used.map(({ id }) => id)),
    redeemed_at: numbers(used.map(({ at }) => at)),
    discount: numbers(used.map(({ discount }) => discount)),
  });
  await compute.load(
    'tier_history',
    table({
      as_of: numbers(people.map(() => START - DAY_MS)),
      customer_id: texts(people.map((_, k) => idOf(k))),
      tier: texts(people.map(({ tier }) => tier)),
    }),
  );
  await compute.run('create table customer_tiers as select customer_id, tier from tier_history');
  await compute.run(
    `create table profiles as select customer_id, (($asOf - max(ordered_at)) // ${DAY_MS})::integer as recency_days, true as consent_marketing
     from order_lines where status = 'paid' group by 1`,
    { asOf: AS_OF },
  );
  return compute;
}
