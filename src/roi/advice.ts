/**
 * How much to spend next, from what was measured: groups of people in the order of what a unit of money brought there, up to
 * the group where it brings less than it costs. Effects of groups are drawn toward those of like groups and toward nothing as
 * far as little is known (`shrunkEffects`), so picking the best of them doesn't take luck for a return.
 */
import { bandSql, habitSql, readHistory, shrunkEffects, stratumOf, traitsOf } from '#campaigns/index.ts';
import type { Compute } from '#engines/index.ts';
import { membersFor } from '#experiments/index.ts';
import type { RoiScope } from './stage.ts';

/** Offers like those of the past to one more group of people. Money in minor units. */
export interface AdvicePoint {
  /** Tier, days since the last order, use of coupons; see `traitsOf`. */
  readonly traits: readonly string[];
  readonly people: number;
  /** Discounts and contacts, for the group. */
  readonly costMinor: number;
  /** Extra margin before discounts for one unit of cost, and its 95 % interval; below 1 it costs more than it brings. */
  readonly perUnit: number;
  readonly perUnitInterval: readonly [number, number];
  /** Of this group and all before it: cost, incremental profit, and its 95 % interval. */
  readonly budgetMinor: number;
  readonly profitMinor: number;
  readonly interval: readonly [number, number];
}

export type Advice =
  /** No finished campaign with people on both sides. */
  | { readonly kind: 'unknown' }
  | {
      /**
       * spend: at the best budget the interval of the profit is above 0. stop: wherever one spends it is below. learn: it
       * holds 0, not enough is known.
       */
      readonly kind: 'spend' | 'stop' | 'learn';
      /** Where one more unit of money brings one: spending more loses. Offers like those of the past, to all with consent. */
      readonly budgetMinor: number;
      /** Spent on groups that surely bring more than they cost, and on all that may. */
      readonly budgetInterval: readonly [number, number];
      readonly profitMinor: number;
      readonly interval: readonly [number, number];
      readonly people: number;
      /** Customers with consent, in all. */
      readonly available: number;
      /** A test that would tell whether it pays: people of both arms (half each), its cost, and the profit a head it would see. */
      readonly test: { readonly people: number; readonly costMinor: number; readonly effectMinor: number } | null;
      readonly curve: readonly AdvicePoint[];
      /** Past campaigns and people that this rests on, and days after the contact that were counted. */
      readonly campaigns: number;
      readonly measuredPeople: number;
      readonly windowDays: number;
    };

/** A profit a head smaller than this share of the cost a head isn't worth a test of its own. */
const WORTH_SEEING = 0.25;

/** Reads exposures, order_lines, redemptions, tier_history for the past, profiles and customer_tiers for the people of now. */
export async function adviceOf(compute: Compute, { asOf, marginShare, windowDays = 28 }: RoiScope): Promise<Advice> {
  const history = await readHistory(compute, { asOf, marginShare, windowDays });
  const effects = shrunkEffects(history.margin, meanOf(history.discounts));
  const contact = await contactCost(compute);
  const crowds = await crowdsOfNow(compute, asOf);
  if (effects.groups.length === 0 || crowds.length === 0) return { kind: 'unknown' };
  const discounts = new Map(history.discounts.map((each) => [each.group, each]));
  const overall = meanOf(history.discounts);
  const groups = crowds.map(({ traits, people }) => {
    const { mean, se } = effects.total([{ traits, people: 1 }]);
    const known = discounts.get(stratumOf(traits));
    const discount = ((known?.sum ?? 0) + PRIOR_PEOPLE * overall) / ((known?.n ?? 0) + PRIOR_PEOPLE);
    return { traits, people, mean, se, discount, cost: discount + contact };
  });
  const paid = groups.filter(({ cost }) => cost > 0);
  const perUnit = (group: (typeof groups)[number], effect: number) => (effect + group.discount) / group.cost;
  paid.sort((a, b) => perUnit(b, b.mean) - perUnit(a, a.mean) || (stratumOf(a.traits) < stratumOf(b.traits) ? -1 : 1));
  const curve: AdvicePoint[] = [];
  let [budget, contacts] = [0, 0];
  for (const [k, group] of paid.entries()) {
    budget += group.people * group.cost;
    contacts += group.people * contact;
    const { mean, se } = effects.total(paid.slice(0, k + 1));
    curve.push({
      ...{ traits: group.traits, people: group.people, costMinor: Math.round(group.people * group.cost) },
      perUnit: perUnit(group, group.mean),
      perUnitInterval: [perUnit(group, group.mean - Z * group.se), perUnit(group, group.mean + Z * group.se)],
      budgetMinor: Math.round(budget),
      profitMinor: Math.round(mean - contacts),
      interval: [Math.round(mean - contacts - Z * se), Math.round(mean - contacts + Z * se)],
    });
  }
  const available = paid.reduce((sum, { people }) => sum + people, 0);
  return {
    ...decided(curve),
    available,
    test: testOf(history, paid, contact, effects.overall),
    curve,
    ...sizeOf(history, windowDays),
  };
}

const Z = 1.96;
/** A group's discounts lean on those of everybody as if so many people had been seen. */
const PRIOR_PEOPLE = 50;

type History = Awaited<ReturnType<typeof readHistory>>;

const sizeOf = ({ campaigns, people }: History, windowDays: number) => ({
  ...{ campaigns: campaigns.length, measuredPeople: people, windowDays },
});

function decided(curve: readonly AdvicePoint[]) {
  const worth = curve.filter(({ perUnit }) => perUnit > 1);
  const best = worth.at(-1);
  const spentOn = (end: 0 | 1) =>
    curve.reduce((sum, point) => sum + (point.perUnitInterval[end] > 1 ? point.costMinor : 0), 0);
  const interval: readonly [number, number] = best?.interval ?? [0, 0];
  const kind = interval[0] > 0 ? ('spend' as const) : spentOn(1) === 0 ? ('stop' as const) : ('learn' as const);
  return {
    kind,
    budgetMinor: best?.budgetMinor ?? 0,
    budgetInterval: [spentOn(0), spentOn(1)] as const,
    profitMinor: best?.profitMinor ?? 0,
    interval,
    people: worth.reduce((sum, { people }) => sum + people, 0),
  };
}

function testOf(
  { margin }: History,
  groups: readonly { readonly people: number; readonly cost: number }[],
  contact: number,
  overall: number,
) {
  const people = margin.reduce((sum, cell) => sum + cell.n, 0);
  const sum = margin.reduce((all, cell) => all + cell.sum, 0);
  const variance = (margin.reduce((all, cell) => all + cell.squares, 0) - sum ** 2 / people) / (people - 1);
  const crowd = groups.reduce((all, group) => all + group.people, 0);
  const cost = groups.reduce((all, group) => all + group.people * group.cost, 0) / crowd;
  const effect = Math.max(Math.abs(overall - contact), WORTH_SEEING * cost);
  if (!(variance > 0) || !(effect > 0)) return null;
  const members = membersFor(effect, { mean: sum / people, variance });
  return { people: members, costMinor: Math.round((members / 2) * cost), effectMinor: Math.round(effect) };
}

function meanOf(discounts: History['discounts']): number {
  const people = discounts.reduce((sum, each) => sum + each.n, 0);
  return people === 0 ? 0 : discounts.reduce((sum, each) => sum + each.sum, 0) / people;
}

async function contactCost(compute: Compute): Promise<number> {
  const [row] = await compute.rows<{ cost: number | null }>(
    'select sum(cost)::double / nullif(count(*), 0) as cost from roi_tmp_contact where treated',
  );
  return row?.cost ?? 0;
}

/** Who could be asked now: customers with consent, by the groups that effects were measured in. */
async function crowdsOfNow(compute: Compute, asOf: number) {
  const rows = await compute.rows<{ tier: string | null; band: string; habit: string; people: number }>(
    `with basket as (
       select customer_id, order_id, max(coupon_discount) > 0 as coupon from order_lines
       where status = 'paid' and ordered_at <= $asOf and customer_id is not null group by 1, 2),
     past as (select customer_id, count(*) as orders, count(*) filter (coupon) as coupons from basket group by 1)
     select t.tier, ${bandSql('p.recency_days')} as band, ${habitSql('past.coupons', 'past.orders')} as habit, count(*) as people
     from profiles p left join customer_tiers t using (customer_id) left join past using (customer_id)
     where p.consent_marketing group by all order by all`,
    { asOf },
  );
  return rows.map(({ tier, band, habit, people }) => ({
    traits: traitsOf(tier, band as Parameters<typeof traitsOf>[1], habit as Parameters<typeof traitsOf>[2]),
    people,
  }));
}
