/**
 * Who gets the offer: first the holdout is drawn among the eligible, then all eligible are walked through from the best
 * return down. A held-out customer whom the walk reaches is in the holdout, one whom it doesn't reach is not, exactly as
 * for the others: so offer and holdout differ by the draw alone.
 */
import { hashUniform } from '#kernels/random.ts';
import { REASON_CODES, type ReasonCode } from './reasons.ts';

export interface Candidates {
  readonly count: number;
  readonly id: (index: number) => string;
  /** [people] tier code, -1: none */
  readonly tier: Int32Array;
  /** [people] minor units, whole; the cost never below 0 */
  readonly profitMinor: Float64Array;
  readonly costMinor: Float64Array;
  /** [people] reason against, or undefined where eligible */
  readonly refused: readonly (ReasonCode | undefined)[];
}

export interface Choosing {
  readonly campaignId: string;
  readonly seed: number;
  readonly budgetMinor: number;
  /** 0 to below 1 */
  readonly holdoutShare: number;
  readonly maxPeople: number;
  /** People of a tier code at most. */
  readonly perTier: (tier: number) => number;
}

export const ARMS = ['none', 'holdout', 'offer'] as const;

export interface Chosen {
  /** [people] index into ARMS */
  readonly arm: Uint8Array;
  /** [people] index into REASON_CODES */
  readonly reason: Uint8Array;
  /** [people] chance of the arm that was drawn */
  readonly propensity: Float64Array;
  readonly spentMinor: number;
}

const codeOf = (code: ReasonCode): number => REASON_CODES.indexOf(code);

/** Draws the holdout and spends the budget. */
export function choose(people: Candidates, options: Choosing): Chosen {
  const arm = new Uint8Array(people.count);
  const reason = new Uint8Array(people.count);
  const propensity = new Float64Array(people.count).fill(1);
  const drawn = holdout(people, options);
  let spentMinor = 0;
  let offers = 0;
  let full = false;
  const inTier = new Map<number, number>();
  for (let i = 0; i < people.count; i++) if (people.refused[i] !== undefined) reason[i] = codeOf(people.refused[i]!);
  for (const i of byReturn(people, options)) {
    const tier = people.tier[i]!;
    const before = inTier.get(tier) ?? 0;
    const cost = people.costMinor[i]!;
    const against: ReasonCode | undefined =
      people.profitMinor[i]! <= 0
        ? 'no-profit'
        : full
          ? 'budget'
          : offers >= options.maxPeople
            ? 'people-cap'
            : before >= options.perTier(tier)
              ? 'tier-cap'
              : undefined;
    if (against !== undefined) {
      reason[i] = codeOf(against);
      continue;
    }
    if (drawn.held[i] === 1) {
      arm[i] = 1;
      reason[i] = codeOf('random-holdout');
      propensity[i] = drawn.share.get(tier)!;
    } else if (spentMinor + cost <= options.budgetMinor) {
      arm[i] = 2;
      reason[i] = codeOf('expected-profit');
      propensity[i] = 1 - drawn.share.get(tier)!;
      spentMinor += cost;
      offers++;
      inTier.set(tier, before + 1);
    } else {
      full = true;
      reason[i] = codeOf('budget');
    }
  }
  return { arm, reason, propensity, spentMinor };
}

/** Products that are whole in truth may fall short by so much. */
const WHOLE = 1e-9;

/** A number of one customer and campaign, the same whoever else is in. */
const lot = (people: Candidates, i: number, { seed, campaignId }: Choosing): number =>
  hashUniform(seed, `${campaignId}/${people.id(i)}`);

/**
 * In each tier the eligible with the lowest lots are held out, as many as the share says. A fraction of a person is
 * rounded up or down by a lot of the tier's own, so that everybody's chance is the share: were small tiers rounded to the
 * nearest, arms that are compared as wholes would differ in tiers.
 */
function holdout(people: Candidates, options: Choosing): { held: Uint8Array; share: Map<number, number> } {
  const held = new Uint8Array(people.count);
  const share = new Map<number, number>();
  const members = new Map<number, { i: number; lot: number }[]>();
  for (let i = 0; i < people.count; i++) {
    if (people.refused[i] !== undefined) continue;
    const list = members.get(people.tier[i]!) ?? [];
    list.push({ i, lot: lot(people, i, options) });
    members.set(people.tier[i]!, list);
  }
  for (const [tier, list] of members) {
    list.sort((a, b) => a.lot - b.lot || a.i - b.i);
    const exact = options.holdoutShare * list.length;
    const whole = Math.floor(exact + WHOLE);
    const first = people.id(list[0]!.i);
    const up = hashUniform(options.seed, `${options.campaignId}/rounding/${first}`) < exact - whole;
    const count = whole + (up ? 1 : 0);
    for (const { i } of list.slice(0, count)) held[i] = 1;
    share.set(tier, options.holdoutShare);
  }
  return { held, share };
}

/** Eligible people by profit per cost, best first; equal ones by a lot of their own, so that no id is favoured. */
function byReturn(people: Candidates, options: Choosing): Int32Array {
  const eligible: number[] = [];
  const lots = new Float64Array(people.count);
  const returns = new Float64Array(people.count);
  for (let i = 0; i < people.count; i++) {
    if (people.refused[i] !== undefined) continue;
    eligible.push(i);
    lots[i] = lot(people, i, { ...options, campaignId: `${options.campaignId}/order` });
    const cost = people.costMinor[i]!;
    returns[i] = cost > 0 ? people.profitMinor[i]! / cost : people.profitMinor[i]! > 0 ? Number.MAX_VALUE : 0;
  }
  return Int32Array.from(eligible.sort((a, b) => returns[b]! - returns[a]! || lots[a]! - lots[b]! || a - b));
}
