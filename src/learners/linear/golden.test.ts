// Aim: the linear learners agree with scikit-learn and SciPy (golden/linear.json) where both go to the minimum.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { numbers, table } from '#table/index.ts';
import { fitLinear, linear } from './linear.ts';
import { fitLogistic, logistic } from './logistic.ts';
import { fitSvm, svm, svmScores } from './svm.ts';

interface Answer {
  readonly l1: number;
  readonly l2: number;
  readonly gamma: number;
  readonly coefficients: number[][] & number[];
  readonly intercepts: number[];
  readonly intercept: number;
  readonly cuts: number[];
  readonly chances: number[][];
  readonly scores: number[];
}

const peer = JSON.parse(readFileSync(new URL('../../../golden/linear.json', import.meta.url), 'utf8')) as {
  tolerance: number;
  rows: number[][];
  binary: number[];
  three: number[];
  amount: number[];
  weights: number[];
  answers: Record<string, Answer>;
};
const features = ['x0', 'x1', 'x2', 'x3'];
const data = table({
  ...Object.fromEntries(features.map((name, j) => [name, numbers(peer.rows.map((row) => row[j]))])),
  binary: numbers(peer.binary),
  three: numbers(peer.three),
  amount: numbers(peer.amount),
  weights: numbers(peer.weights),
});
const answer = (name: string): Answer => peer.answers[name]!;

function near(got: number, want: number, tolerance = peer.tolerance): void {
  assert.ok(Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want)), `${got}, the peer has ${want}`);
}

for (const [name, weight] of [['binary'], ['binaryWeighted', 'weights'], ['binaryElastic']] as const)
  test(`golden: ${name}`, () => {
    const want = answer(name);
    // Of two classes the peer penalises the difference d of the coefficients, here both halves: l2 d^2 / 4.
    const given = { l1: want.l1, l2: 2 * want.l2, standardise: false, tolerance: 1e-11, ...(weight && { weight }) };
    const model = fitLogistic(data, { ...logistic.defaults, ...given, features, label: 'binary' });
    assert.ok(model.converged);
    for (const [j, [low, high]] of model.coefficients.entries()) near(high! - low!, want.coefficients[0]![j]!);
    near(model.intercepts[1]! - model.intercepts[0]!, want.intercepts[0]!);
    const chances = logistic.predict(model, data);
    for (const [i, row] of want.chances.entries()) for (const [k, p] of row.entries()) near(chances[2 * i + k]!, p);
  });

test('golden: three classes, elastic net', () => {
  const want = answer('threeElastic');
  const given = { l1: want.l1, l2: want.l2, standardise: false, tolerance: 1e-11 };
  const model = fitLogistic(data, { ...logistic.defaults, ...given, features, label: 'three' });
  assert.ok(model.converged);
  for (const [j, row] of model.coefficients.entries())
    for (const [k, b] of row.entries()) {
      near(b, want.coefficients[k]![j]!);
      assert.equal(b === 0, want.coefficients[k]![j] === 0);
    }
  for (const [k, c] of model.intercepts.entries()) near(c, want.intercepts[k]!);
});

test('golden: proportional odds', () => {
  const want = answer('ordinal');
  const given = { task: 'ordinal' as const, l2: want.l2, standardise: false, tolerance: 1e-11 };
  const model = fitLogistic(data, { ...logistic.defaults, ...given, features, label: 'three' });
  assert.ok(model.converged);
  for (const [j, [b]] of model.coefficients.entries()) near(b!, want.coefficients[j]!);
  for (const [k, cut] of model.cuts!.entries()) near(cut, want.cuts[k]!);
});

for (const [name, weight] of [['ridge', 'weights'], ['elastic']] as const)
  test(`golden: ${name} regression`, () => {
    const want = answer(name);
    const given = { l1: want.l1, l2: want.l2, standardise: false, ...(weight && { weight }) };
    const model = fitLinear(data, { ...linear.defaults, ...given, features, label: 'amount' });
    assert.ok(model.converged);
    for (const [j, b] of model.coefficients.entries()) near(b, want.coefficients[j]!);
    near(model.intercept, want.intercept);
  });

test('golden: linear support vector machine', () => {
  const want = answer('hinge');
  const given = { l2: want.l2, standardise: false, tolerance: 1e-11, folds: 0 };
  const model = fitSvm(data, { ...svm.defaults, ...given, features, label: 'binary' });
  assert.ok(model.converged);
  for (const [j, [b]] of model.coefficients.entries()) near(b!, want.coefficients[j]!);
  near(model.intercepts[0]!, want.intercept);
});

test('golden: radial support vector machine', () => {
  const want = answer('radial');
  const given = { kernel: 'rbf' as const, l2: want.l2, gamma: want.gamma, standardise: false, folds: 0 };
  const model = fitSvm(data, { ...svm.defaults, ...given, features, label: 'binary' });
  // Both stop when the most violating pair violates by little: here by 1e-3, so scores agree to about that.
  for (const [i, score] of svmScores(model, data).entries()) near(score, want.scores[i]!, 2e-3);
});
