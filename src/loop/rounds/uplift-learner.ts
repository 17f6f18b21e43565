/**
 * Effects of offers by `fitUplift` on the profit itself, an arm an offer: nothing is assumed of why an offer works, and each
 * offer learns for itself. Beside `effectLearner` it shows what knowing the parts of a profit is worth.
 */
import type { Offer } from '#simulate/index.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';
import { fitUplift, type Method, predictUplift, type UpliftModel } from '#uplift/index.ts';
import type { EffectLearner } from './effects.ts';
import { termsOf } from './offers.ts';
import type { Standing } from './people.ts';

const NONE = 'none';
/** Fewer on a side, and `fitUplift` refuses. */
const PEOPLE_MIN = 50;

/** @param method one of uplift's; threads 1, so that rounds of several seeds may run beside each other */
export function upliftLearner(
  offers: readonly Offer[],
  { method = 'x', seed }: { method?: Method; seed: number },
): EffectLearner {
  const [features, arms, profits]: [number[][], string[], number[]] = [[], [], []];
  const discounts = { given: 0, guessed: 0 };
  let model: UpliftModel | undefined;
  const guess = (standing: Standing, i: number, offer: Offer): number => {
    const { reach, off } = termsOf(offer, standing.order[i]!);
    return standing.orders[i]! * reach * off;
  };
  const share = () => (discounts.guessed > 0 ? discounts.given / discounts.guessed : 0.6);
  const armsOf = (standing: Standing, rows: readonly number[]) =>
    model === undefined ? [] : predictUplift(model, tableOf(rows.map((i) => featuresOf(standing, i)))).arms;
  return {
    learn: (standing, round, isIn) => {
      for (const [i, { offer, margin, discount }] of round.entries()) {
        if (isIn[i] !== 1) continue;
        features.push(featuresOf(standing, i));
        arms.push(offer < 0 ? NONE : String(offer));
        profits.push(margin);
        if (offer < 0) continue;
        discounts.given += discount;
        discounts.guessed += guess(standing, i, offers[offer]!);
      }
      const counts = new Map<string, number>();
      for (const arm of arms) counts.set(arm, (counts.get(arm) ?? 0) + 1);
      // offers of whom too few are known wait for the next round
      const enough = (arm: string) => (counts.get(arm) ?? 0) >= PEOPLE_MIN;
      if (!enough(NONE) || ![...counts.keys()].some((arm) => arm !== NONE && enough(arm))) return;
      const rows = [...arms.keys()].filter((k) => enough(arms[k]!));
      const data = {
        ...tableOf(rows.map((k) => features[k]!)).columns,
        arm: texts(rows.map((k) => arms[k])),
        profit: numbers(rows.map((k) => profits[k])),
      };
      model = fitUplift(table(data), { arm: 'arm', control: NONE, outcome: 'profit', method, seed, threads: 1 });
    },
    effects: (standing, asked) => {
      const people = standing.orders.length;
      const profit = new Float64Array(people * asked.length);
      const all = Array.from({ length: people }, (_, i) => i);
      for (const { arm, effect } of armsOf(standing, all))
        for (const i of all) profit[i * asked.length + Number(arm)] = effect[i]!;
      const cost = Float64Array.from(profit, (_, at) => {
        const offer = asked[at % asked.length]!;
        return (offer.cost ?? 0) + share() * guess(standing, Math.floor(at / asked.length), offer);
      });
      return { profit, cost };
    },
    error: (standing, customer, offer) => {
      const found = armsOf(standing, [customer]).find(({ arm }) => offers[Number(arm)] === offer);
      return found === undefined ? Number.POSITIVE_INFINITY : found.standardError[0]!;
    },
    coupons: (standing, i, offer) => 0.5 * standing.orders[i]! * termsOf(offer, standing.order[i]!).reach,
    response: (standing) => standing.orders,
  };
}

const featuresOf = ({ alive, orders, order, margin, traits }: Standing, i: number): number[] => [
  ...[alive[i]!, orders[i]!, order[i]!, margin[i]!],
  ...traits.map((trait) => trait[i]!),
];

function tableOf(rows: readonly (readonly number[])[]): Table {
  const width = rows[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, k) => [`f${k}`, numbers(rows.map((row) => row[k]!))] as const);
  return table(Object.fromEntries(columns));
}
