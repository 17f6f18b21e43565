// Aim: the figures are those of scikit-learn, and fall as they must at the ends.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { auc, gini, ndcg } from '#kernels/metrics.ts';
import { judge } from './judge.ts';
import type { Task } from './learner.ts';

interface Case {
  readonly task: Task;
  readonly classes: readonly string[];
  readonly predicted: readonly number[];
  readonly target: readonly number[];
  readonly weights: readonly number[] | null;
  readonly groups: readonly number[] | null;
  readonly metrics: Readonly<Record<string, number>>;
}
const golden = JSON.parse(readFileSync(new URL('../../golden/judge.json', import.meta.url), 'utf8')) as {
  tolerance: number;
  cases: Case[];
};

for (const { metrics, weights, groups, predicted, ...known } of golden.cases)
  test(`${known.task} of ${known.classes.length} classes${weights ? ', weighted' : ''}`, () => {
    const got = judge({
      ...known,
      predicted: Float64Array.from(predicted),
      ...(weights === null ? {} : { weights }),
      ...(groups === null ? {} : { groups }),
    });
    for (const [name, value] of Object.entries(metrics))
      assert.ok(Math.abs(got[name]! - value) <= golden.tolerance, `${name}: ${got[name]} of ${value}`);
    const own = { ordinal: ['gini'], regress: ['gini'], classify: [], rank: [] }[known.task];
    assert.deepEqual(Object.keys(got).sort(), [...Object.keys(metrics), ...own].sort());
  });

test('figures that the rows do not allow are left out, not NaN', () => {
  const predicted = Float64Array.of(0.2, 0.8, 0.6, 0.4);
  const figures = judge({ task: 'classify', classes: ['a', 'b'], predicted, target: [1, 1] });
  assert.deepEqual(Object.keys(figures).sort(), ['accuracy', 'logLoss', 'macroF1', 'macroRecall']);
  assert.deepEqual(judge({ task: 'rank', classes: [], predicted, target: [0, 0, 0, 0] }), {});
});

test('a sure and wrong chance costs -log 1e-15, not infinity', () => {
  const { logLoss } = judge({ task: 'classify', classes: ['a', 'b'], predicted: Float64Array.of(1, 0), target: [1] });
  assert.equal(logLoss, -Math.log(1e-15));
});

test('order alone decides auc, gini and ndcg; ties count half', () => {
  const hit = [0, 0, 1, 1];
  assert.equal(auc(hit, [1, 2, 3, 4]), 1);
  assert.equal(auc(hit, [4, 3, 2, 1]), 0);
  assert.equal(auc(hit, [7, 7, 7, 7]), 0.5);
  assert.equal(auc(hit, [1, 2, 3, 4]), auc(hit, [-10, 0, 1e9, 2e9]));
  assert.equal(gini(hit, [1, 2, 3, 4]), 1);
  assert.equal(ndcg([3, 2, 0], [9, 5, 1]), 1);
  assert.ok(ndcg([3, 2, 0], [1, 5, 9]) < ndcg([3, 2, 0], [5, 5, 5]));
});

test('the gini of two classes is that of the Lorenz curve', () => {
  const chance = [0.1, 0.4, 0.4, 0.8, 0.7, 0.3];
  const target = [0, 1, 0, 1, 0, 0];
  const predicted = Float64Array.from(chance.flatMap((p) => [1 - p, p]));
  const figures = judge({ task: 'classify', classes: ['no', 'yes'], predicted, target });
  assert.ok(Math.abs(figures.gini! - gini(target, chance)) < 1e-12);
});
