/**
 * The most that what is seen can tell: the learner's own form, taught with the true effects of these very people. What lies
 * between this and one who knows each person is not to be seen by any shop; what lies between this and the learner is noise.
 */
import type { Offer } from '#simulate/index.ts';
import { costRow, type OfferEffects, SIZE, valueRow } from './effects.ts';
import { LeastSquares } from './least-squares.ts';
import type { Standing } from './people.ts';

const UNIT = 1000;
/** Discounts of the made-up shop are a tenth smaller than their terms, for what comes back. */
const KEPT = 0.9;
/** So many are enough to teach some fifty coefficients what has no noise. */
const PUPILS = 4000;

export function taught(
  standing: Standing,
  offers: readonly Offer[],
  truth: Pick<OfferEffects, 'profit' | 'cost'>,
  consent: Uint8Array,
): Pick<OfferEffects, 'profit' | 'cost'> {
  const row = new Float64Array(SIZE + 1);
  const inner = row.subarray(0, SIZE);
  const rowOf = { profit: valueRow, cost: costRow };
  const kinds = ['profit', 'cost'] as const;
  const each = (step: number, work: (kind: 'profit' | 'cost', at: number) => void): void => {
    for (const [i, may] of consent.entries())
      if (may === 1 && i % step === 0)
        for (const [o, offer] of offers.entries())
          for (const kind of kinds) {
            rowOf[kind](standing, i, offer, KEPT, inner);
            for (let k = 0; k < SIZE; k++) row[k]! /= UNIT;
            row[SIZE] = 1;
            work(kind, i * offers.length + o);
          }
  };
  const squares = { profit: new LeastSquares(SIZE + 1), cost: new LeastSquares(SIZE + 1) };
  each(Math.max(1, Math.floor(consent.length / PUPILS)), (kind, at) =>
    squares[kind].add(row, truth[kind][at]!, UNIT / (UNIT + truth.cost[at]!)),
  );
  const wide = new Float64Array(SIZE + 1).fill(1e5);
  const betas = { profit: squares.profit.fit(wide).coefficients, cost: squares.cost.fit(wide).coefficients };
  const out = { profit: new Float64Array(truth.profit.length), cost: new Float64Array(truth.profit.length) };
  each(1, (kind, at) => {
    for (let k = 0; k <= SIZE; k++) out[kind][at]! += betas[kind][k]! * row[k]!;
  });
  return { ...out, cost: out.cost.map((own) => Math.max(20, own)) };
}
