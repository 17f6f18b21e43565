/** A plan as a table, and in sums. */
import type { Compute } from '#engines/index.ts';
import { numbers, type TextColumn, table } from '#table/index.ts';
import { ARMS, type Chosen, chancesOf } from './choose.ts';
import type { Given } from './effects.ts';
import type { Prepared } from './prepare.ts';
import { REASON_CODES, type reasonWords } from './reasons.ts';

export interface Totals {
  readonly audience: number;
  readonly eligible: number;
  readonly offered: number;
  readonly holdout: number;
  readonly none: number;
  /** Expected discounts and contacts of the offered. */
  readonly costMinor: number;
  readonly expectedProfitMinor: number;
  /** Customers more who buy within the window, expected of the offered. */
  readonly expectedKept: number;
}

export interface OfferTotals {
  readonly offerId: string;
  readonly offered: number;
  /** Held out, and would have got this offer. */
  readonly holdout: number;
  readonly costMinor: number;
  readonly expectedProfitMinor: number;
  readonly interval: readonly [number, number];
  readonly byTier: readonly { readonly tier: string; readonly offered: number }[];
}

export interface Made extends Prepared {
  readonly chosen: Chosen;
  readonly words: ReturnType<typeof reasonWords>;
}

/** Makes the table `campaign_plan`. */
export async function writePlan(compute: Compute, made: Made): Promise<void> {
  const { audience, chosen, effects, asked, candidates } = made;
  const codes = REASON_CODES.map((code) => ({ code, ...made.words[code] }));
  const named = (values: Uint8Array, dictionary: readonly string[]): TextColumn => ({
    kind: 'text',
    codes: Int32Array.from(values),
    dictionary,
  });
  const shown = shownOffers(made);
  const figure = (of: (j: number, i: number) => number) => shown.map((j, i) => of(j, i));
  const profit = figure((j, i) => candidates.offers[j]!.profitMinor[i]!);
  const cost = figure((j, i) => candidates.offers[j]!.costMinor[i]!);
  const groups = [...new Set(effects.group)];
  const groupCode = new Map(groups.map((group, i) => [group, i]));
  await compute.load(
    'campaigns_tmp_plan',
    table({
      customer_id: audience.ids,
      arm: named(chosen.arm, ARMS),
      offer_id: {
        kind: 'text',
        codes: Int32Array.from(chosen.offer, (j, i) => (chosen.arm[i] === 0 ? -1 : j)),
        dictionary: asked.offers.map(({ id }) => id),
      },
      explores: numbers(Float64Array.from(chosen.explores)),
      tier: { kind: 'text', codes: audience.tierCode, dictionary: audience.tierNames },
      score: numbers(profit.map((own, i) => own / Math.max(cost[i]!, 1))),
      profit: numbers(profit),
      cost: numbers(cost.map((own, i) => (chosen.arm[i] === 2 ? own : 0))),
      ...chanceColumns(made),
      reason: named(chosen.reason, REASON_CODES),
      reason_en: named(
        chosen.reason,
        codes.map((each) => each.en),
      ),
      reason_zh: named(
        chosen.reason,
        codes.map((each) => each.zh),
      ),
      effect: numbers(figure((j, i) => Math.round(effects.offers[j]!.effectMinor[i]!))),
      response: {
        kind: 'text',
        codes: Int32Array.from(effects.group, (group) => groupCode.get(group)!),
        dictionary: groups,
      },
    }),
  );
  await compute.run(
    `create or replace table campaign_plan as
    select $campaignId::varchar as campaign_id, customer_id, arm, tier, score,
      profit::bigint as expected_profit_minor, cost::bigint as cost_minor, propensity, reason, reason_en, reason_zh,
      effect::bigint as effect_minor, response, offer_id, explores = 1 as explores, chances
    from campaigns_tmp_plan order by customer_id`,
    { campaignId: asked.campaignId },
  );
  await compute.run('drop table campaigns_tmp_plan');
}

/** [people] the offer whose figures are shown: the one given or meant, else the one that is worth most. */
function shownOffers({ candidates, chosen }: Made): Float64Array {
  return Float64Array.from(chosen.offer, (own, i) => {
    if (own >= 0) return own;
    let best = 0;
    for (const [j, { valueMinor }] of candidates.offers.entries())
      if (valueMinor[i]! > candidates.offers[best]!.valueMinor[i]!) best = j;
    return best;
  });
}

/** There are as many lists of chances as offers that may be meant, and two more: for nothing meant, and for the refused. */
function chanceColumns({ asked, candidates, chosen }: Made) {
  const draws = {
    holdoutShare: asked.holdoutShare,
    explorationShare: chosen.explorationShare,
    offers: asked.offers.length,
  };
  const lists = [-1, ...asked.offers.keys()].map((meant) => chancesOf(meant, draws));
  const texts = lists.map(({ none, holdout, offers }) =>
    JSON.stringify({ none, holdout, ...Object.fromEntries(asked.offers.map(({ id }, j) => [id, offers[j]])) }),
  );
  const isRefused = (i: number) => candidates.refused[i] !== undefined;
  return {
    propensity: numbers(
      Float64Array.from(chosen.arm, (arm, i) => {
        if (isRefused(i)) return 1;
        const { none, holdout, offers } = lists[chosen.meant[i]! + 1]!;
        return arm === 1 ? holdout : arm === 2 ? offers[chosen.offer[i]!]! : chosen.explores[i] === 1 ? 1 : none;
      }),
    ),
    chances: {
      kind: 'text',
      codes: Int32Array.from(chosen.meant, (meant, i) => (isRefused(i) ? 0 : meant + 2)),
      dictionary: ['{"none":1}', ...texts],
    } satisfies TextColumn,
  };
}

/** [offers] places of those who get each. */
export function givenOf({ arm, offer }: Pick<Chosen, 'arm' | 'offer'>, offers: number): Int32Array[] {
  const all = Int32Array.from(arm.keys());
  return Array.from({ length: offers }, (_, j) => all.filter((i) => arm[i] === 2 && offer[i] === j));
}

/** Expected profit of what is given, with its 95 % interval from what the effects rest on. */
export function expected({ candidates, effects }: Pick<Prepared, 'candidates' | 'effects'>, given: Given) {
  let [profit, cost, kept, customers] = [0, 0, 0, 0];
  for (const [j, members] of given.entries()) {
    const { profitMinor, costMinor } = candidates.offers[j]!;
    const { keptShare } = effects.offers[j]!;
    customers += members.length;
    for (let k = 0; k < members.length; k++) {
      profit += profitMinor[members[k]!]!;
      cost += costMinor[members[k]!]!;
      kept += keptShare[members[k]!]!;
    }
  }
  const error = effects.standardError(given);
  const half = Number.isFinite(error) ? 1.96 * error : 0;
  const interval = [Math.round(profit - half), Math.round(profit + half)] as const;
  return { customers, costMinor: cost, expectedProfitMinor: profit, expectedKept: kept, interval };
}

/** Sums over everybody, by tier and by offer, the interval of the expected profit, and people by reason. */
export function summary(made: Made) {
  const { audience, chosen, asked, candidates, effects, words } = made;
  const { costMinor, profitMinor, kept } = givenColumns(made);
  const all = Array.from({ length: audience.count }, (_, i) => i);
  const totals = (people: readonly number[]): Totals => {
    const sum = (of: (i: number) => number) => people.reduce((total, i) => total + of(i), 0);
    return {
      audience: people.length,
      eligible: sum((i) => (candidates.refused[i] === undefined ? 1 : 0)),
      offered: sum((i) => (chosen.arm[i] === 2 ? 1 : 0)),
      holdout: sum((i) => (chosen.arm[i] === 1 ? 1 : 0)),
      none: sum((i) => (chosen.arm[i] === 0 ? 1 : 0)),
      costMinor: sum((i) => costMinor[i]!),
      expectedProfitMinor: sum((i) => profitMinor[i]!),
      expectedKept: sum((i) => kept[i]!),
    };
  };
  const given = givenOf(chosen, asked.offers.length);
  const tierName = (code: number) => audience.tierNames[code] ?? 'none';
  const codes = [...new Set(audience.tierCode)].sort((a, b) => (tierName(a) < tierName(b) ? -1 : 1));
  return {
    ...totals(all),
    interval: expected({ candidates, effects }, given).interval,
    byTier: codes.map((code) => ({
      tier: tierName(code),
      ...totals(all.filter((i) => audience.tierCode[i] === code)),
    })),
    byOffer: asked.offers.map(({ id }, j): OfferTotals => {
      const own = given.map((members, k) => (k === j ? members : []));
      const { customers, costMinor: cost, expectedProfitMinor, interval } = expected({ candidates, effects }, own);
      return {
        offerId: id,
        offered: customers,
        holdout: all.filter((i) => chosen.arm[i] === 1 && chosen.offer[i] === j).length,
        ...{ costMinor: cost, expectedProfitMinor, interval },
        byTier: codes.map((code) => ({
          tier: tierName(code),
          offered: given[j]!.filter((i) => audience.tierCode[i] === code).length,
        })),
      };
    }),
    reasons: REASON_CODES.flatMap((code, index) => {
      const customers = all.filter((i) => chosen.reason[i] === index).length;
      return customers === 0 ? [] : [{ code, ...words[code], customers }];
    }),
  };
}

/** [people] figures of the offer given, 0 where none is. */
function givenColumns({ chosen, candidates, effects }: Made) {
  const of = (pick: (j: number, i: number) => number) =>
    Float64Array.from(chosen.arm, (arm, i) => (arm === 2 ? pick(chosen.offer[i]!, i) : 0));
  return {
    costMinor: of((j, i) => candidates.offers[j]!.costMinor[i]!),
    profitMinor: of((j, i) => candidates.offers[j]!.profitMinor[i]!),
    kept: of((j, i) => effects.offers[j]!.keptShare[i]!),
  };
}
