// Aim: effects, tests, always-valid intervals, beliefs and sample-ratio checks equal those of GrowthBook's engine (gbstats
// 0.8.0, golden/gbstats.json), but where it is said why not.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { alwaysValid, believed, type Effect, effectOf, fixedTest, greaterTest, type Scale } from './effect.ts';
import { type ArmSums, type Statistic, statisticOf, thetaOf } from './moments.ts';
import { ratioMismatch } from './ratio-check.ts';

interface Sums {
  readonly n: number;
  readonly sum: number;
  readonly sum_squares?: number;
}
interface Side extends Sums {
  readonly m?: Sums;
  readonly d?: Sums;
  readonly m_d_sum_of_products?: number;
  readonly post?: Sums;
  readonly pre?: Sums;
  readonly post_pre_sum_of_products?: number;
}
interface Row {
  readonly case: string;
  readonly metric: 'proportion' | 'mean' | 'ratio' | 'cuped';
  readonly a: Side;
  readonly b: Side;
  readonly difference_type: 'relative' | 'absolute' | 'scaled';
  readonly test: string;
  readonly out: {
    readonly expected: number;
    readonly ci: readonly [number, number | 'inf'];
    readonly uplift: { readonly mean: number; readonly stddev: number };
    readonly p_value?: number;
    readonly chance_to_win?: number;
    readonly risk?: readonly [number, number];
    readonly error_message: string | null;
  };
}

const PEER: {
  readonly rows: readonly Row[];
  readonly srm: readonly { users: number[]; weights: number[]; p: number }[];
} = JSON.parse(readFileSync(new URL('../../golden/gbstats.json', import.meta.url), 'utf8'));

function sumsOf({ n, sum, sum_squares, m, d, post, pre, ...rest }: Side): ArmSums {
  const cross = (own: Sums, product: number) => ({ sum: own.sum, squares: own.sum_squares!, product });
  if (m !== undefined && d !== undefined)
    return { n, sum: m.sum, squares: m.sum_squares!, denominator: cross(d, rest.m_d_sum_of_products!) };
  if (post !== undefined && pre !== undefined)
    return { n, sum: post.sum, squares: post.sum_squares!, covariate: cross(pre, rest.post_pre_sum_of_products!) };
  return { n, sum, squares: sum_squares ?? sum };
}

function statistics({ metric, a, b }: Row): [Statistic, Statistic] {
  const [one, two] = [sumsOf(a), sumsOf(b)];
  const options = { binary: metric === 'proportion', theta: thetaOf([one, two]) };
  return [statisticOf(one, options), statisticOf(two, options)];
}

const SCALES: Record<Row['difference_type'], Scale> = { relative: 'relative', absolute: 'absolute', scaled: 'total' };

function said(row: Row, control: Statistic, effect: Effect, plain: Effect) {
  const range = ({ low, high, pValue }: ReturnType<typeof fixedTest>) => ({ low, high, pValue });
  const belief = (options: Parameters<typeof believed>[1]) => {
    const { mean, sd, low, high, chanceToWin } = believed(effect, options);
    // the peer tells the risk of a total as that of one member
    const ofOne =
      options?.prior === undefined
        ? options
        : { ...options, prior: priorOf(row.difference_type === 'relative' ? 1 : Math.abs(control.plainMean)) };
    return { mean, sd, low, high, chanceToWin, risk: believed(plain, ofOne).risk };
  };
  const perMember = row.difference_type === 'relative' ? 1 : Math.abs(control.plainMean);
  const scaled = effect.standardError / plain.standardError;
  switch (row.test) {
    case 'two_sided_t':
      return range(fixedTest(effect));
    case 'one_sided_greater':
      return range(greaterTest(effect));
    case 'sequential':
      return range(alwaysValid(effect, 0.05, 5000));
    case 'sequential_1000_a10':
      return range(alwaysValid(effect, 0.1, 1000));
    case 'bayes_flat':
      return belief({});
    case 'bayes_flat_inverse':
      return belief({ inverse: true });
    default:
      return belief({ prior: priorOf(perMember * scaled) });
  }
}

const priorOf = (unit: number) => ({ mean: 0, sd: 0.3 * unit });

const near = (actual: number, expected: number | 'inf', what: string) => {
  if (expected === 'inf') assert.equal(actual, Number.POSITIVE_INFINITY, what);
  else
    assert.ok(
      Math.abs(actual - expected) <= 1e-6 * Math.max(1, Math.abs(expected)),
      `${what}: ${actual} is not ${expected}`,
    );
};

describe('gbstats 0.8.0', () => {
  for (const row of PEER.rows)
    test(`${row.case}, ${row.difference_type}, ${row.test}`, () => {
      const { out } = row;
      const [control, treated] = statistics(row);
      const options = { scale: SCALES[row.difference_type], perDay: treated.n / 0.5 / 14 };
      const effect = effectOf(control, treated, options);
      if (out.error_message !== null) {
        if (typeof effect === 'string') return;
        // A difference from a control where nobody bought is sound; the peer refuses it for its variance of 0.
        assert.deepEqual([row.case, row.difference_type === 'relative'], ['prop_zero_base', false]);
        return;
      }
      if (typeof effect === 'string') assert.fail(effect);
      const plain = effectOf(control, treated, { scale: row.difference_type === 'relative' ? 'relative' : 'absolute' });
      if (typeof plain === 'string') assert.fail(plain);
      const own = said(row, control, effect, plain);
      near('mean' in own ? own.mean : effect.estimate, out.expected, 'estimate');
      near('sd' in own ? own.sd : effect.standardError, out.uplift.stddev, 'standard error');
      near(own.low, out.ci[0], 'low');
      near(own.high, out.ci[1], 'high');
      if ('pValue' in own) near(own.pValue, out.p_value!, 'p');
      else {
        near(own.chanceToWin, out.chance_to_win!, 'chance to win');
        for (const k of [0, 1] as const) near(own.risk[k], out.risk![k], `risk ${k}`);
      }
    });
  for (const { users, weights, p } of PEER.srm)
    test(`sample ratio ${users}`, () => near(ratioMismatch(users, weights).pValue, p, 'p'));
});
