// Aim: ranking losses have the gradients of their formulas, and boosting by either puts a hidden order right.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { numbers, table } from '#table/index.ts';
import { judge } from '../judge.ts';
import type { Target } from '../target.ts';
import { boosting, fitBoosting } from './boosting.ts';
import { predictEnsemble } from './predict.ts';
import { RANK_LOSSES, type RankLoss, ranking } from './ranking.ts';

const targetOf = (label: readonly number[], groups: readonly number[], weights?: readonly number[]): Target => ({
  features: [],
  classes: [],
  label: Float64Array.from(label),
  weights: Float64Array.from(weights ?? label.map(() => 1)),
  groups: Int32Array.from(groups),
});

function gradientsOf(target: Target, score: readonly number[], rankLoss: RankLoss, rankAt: number) {
  const rows = Uint32Array.from(score.keys());
  const objective = ranking(target, { rankLoss, rankAt });
  const gh = new Float32Array(2 * score.length);
  const given = { target, rows, scores: [Float64Array.from(score)] };
  objective.gradients(0, given, gh);
  return { objective, given, g: score.map((_, i) => gh[2 * i]!), h: score.map((_, i) => gh[2 * i + 1]!) };
}

/** f32 holds seven digits. */
const near = (actual: number, expected: number, tolerance = 1e-6) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

test('ndcg by hand: one pair, and what lies below place k', () => {
  // Scores are equal, so the first row stands first: swapping costs 1 - 1 / log2(3), half of it is pulled.
  const swap = 1 - 1 / Math.log2(3);
  const { g, h } = gradientsOf(targetOf([1, 0], [0, 0]), [0, 0], 'ndcg', 30);
  near(g[0]!, -swap / 2);
  near(g[1]!, swap / 2);
  near(h[0]!, swap / 4);
  // At k = 1 the second place is worth nothing, so the whole gain is at stake.
  near(gradientsOf(targetOf([1, 0], [0, 0]), [0, 0], 'ndcg', 1).g[0]!, -0.5);
  // Three rows, k = 1: the pair of the second and third doesn't count.
  const three = gradientsOf(targetOf([0, 0, 1], [0, 0, 0]), [3, 2, 1], 'ndcg', 1);
  near(three.g[1]!, 0);
  near(three.g[2]!, -1 / (1 + Math.exp(-2)));
});

test('softmax by hand, and rows of weight zero are not there', () => {
  const even = gradientsOf(targetOf([1, 0, 0, 0], [0, 0, 0, 0]), [0, 0, 0, 0], 'softmax', 30);
  near(even.g[0]!, 1 / 4 - 1);
  near(even.g[1]!, 1 / 4);
  near(even.h[0]!, 3 / 16);
  near(even.objective.loss(even.given), Math.log(4));
  const without = gradientsOf(targetOf([1, 0, 0], [0, 0, 0], [1, 1, 0]), [0, 0, 9], 'softmax', 30);
  near(without.g[0]!, -0.5);
  near(without.g[2]!, 0);
  // A group with nothing to find says nothing.
  near(gradientsOf(targetOf([0, 0], [0, 0]), [1, 2], 'softmax', 30).g[1]!, 0);
});

test('gradients are those of the loss by central differences; of ndcg with swaps held still', () => {
  const draw = random(5);
  const label = Array.from({ length: 18 }, () => draw.integer(4));
  const target = targetOf(
    label,
    label.map((_, i) => i % 3),
    label.map(() => 0.5 + draw.uniform()),
  );
  const score = label.map(() => draw.normal());
  const by = 1e-5;
  const slope = (loss: (scores: readonly number[]) => number, i: number) => {
    const moved = (step: number) => loss(score.map((s, j) => (j === i ? s + step : s)));
    return (moved(by) - moved(-by)) / (2 * by);
  };
  const { objective, given, g } = gradientsOf(target, score, 'softmax', 5);
  for (const i of label.keys()) {
    const loss = (scores: readonly number[]) => objective.loss({ ...given, scores: [Float64Array.from(scores)] });
    // The loss is a mean over three groups.
    near(g[i]!, 3 * slope(loss, i), 1e-5);
  }
  const even = { ...target, weights: new Float64Array(18).fill(1) };
  const pairs = frozenPairs(even, score, 5);
  const cost = (scores: readonly number[]) =>
    pairs.reduce((sum, { i, j, change }) => sum + change * Math.log1p(Math.exp(scores[j]! - scores[i]!)), 0);
  const ndcg = gradientsOf(even, score, 'ndcg', 5);
  for (const i of label.keys()) near(ndcg.g[i]!, slope(cost, i), 1e-5);
});

/** The obvious way: every pair of unlike grades with what swapping them changes of the NDCG@k. */
function frozenPairs({ label, groups }: Target, score: readonly number[], k: number) {
  const out: { i: number; j: number; change: number }[] = [];
  for (const group of new Set(groups)) {
    const members = [...label.keys()].filter((i) => groups![i] === group);
    const dcg = (order: readonly number[]) =>
      order.slice(0, k).reduce((sum, i, rank) => sum + (2 ** label[i]! - 1) / Math.log2(rank + 2), 0);
    const best = dcg(members.toSorted((a, b) => label[b]! - label[a]!));
    const order = members.toSorted((a, b) => score[b]! - score[a]!);
    for (const i of members)
      for (const j of members)
        if (label[i]! > label[j]!) {
          const swapped = order.map((row) => (row === i ? j : row === j ? i : row));
          out.push({ i, j, change: Math.abs(dcg(order) - dcg(swapped)) / best });
        }
  }
  return out;
}

for (const rankLoss of RANK_LOSSES)
  test(`${rankLoss}: a hidden order within groups is found, whatever lifts whole groups`, () => {
    const draw = random(8);
    const rows = Array.from({ length: 1200 }, (_, i) => ({ group: Math.floor(i / 12), x: draw.normal(), lift: 0 }));
    for (const row of rows) row.lift = 5 * Math.sin(row.group);
    const data = table({
      x: numbers(rows.map(({ x, lift }) => x + lift)),
      lift: numbers(rows.map(({ lift }) => lift)),
      noise: numbers(rows.map(() => draw.normal())),
      grade: numbers(rows.map(({ x }) => (x > 1 ? 2 : x > 0 ? 1 : 0))),
      group: numbers(rows.map(({ group }) => group)),
    });
    const params = { ...boosting.defaults, task: 'rank', label: 'grade', group: 'group', rankLoss, rankAt: 5 } as const;
    const model = fitBoosting(data, { ...params, trees: 60, leaves: 8 }, 1);
    const { ndcg } = judge({
      task: 'rank',
      classes: [],
      predicted: predictEnsemble(model, data),
      target: rows.map(({ x }) => (x > 1 ? 2 : x > 0 ? 1 : 0)),
      groups: rows.map(({ group }) => group),
    });
    // Scores drawn at random reach .68 on such grades.
    assert.ok(ndcg! > 0.93, String(ndcg));
  });

test('a loss or a place that cannot be is refused', () => {
  const data = table({ x: numbers([1, 2, 3]), grade: numbers([0, 1, 2]), group: numbers([1, 1, 1]) });
  const params = { ...boosting.defaults, task: 'rank', label: 'grade', group: 'group' } as const;
  assert.throws(() => fitBoosting(data, { ...params, rankAt: 0 }, 1), { code: 'LEARNER_PARAMS' });
  assert.throws(() => fitBoosting(data, { ...params, rankLoss: 'pairs' as RankLoss }, 1), { code: 'LEARNER_PARAMS' });
});
