// Aim: rankings are judged as scikit-uplift and causalml judge them; ties and weights mean what they say; a slow twin agrees.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { random, shuffled } from '#kernels/random.ts';
import {
  aucc,
  auuc,
  curvePoints,
  type Judged,
  perfectRanking,
  qini,
  qiniPerPerson,
  rankingOf,
  upliftAt,
} from './metrics.ts';

interface Case {
  readonly name: string;
  readonly score: number[];
  readonly treated: number[];
  readonly outcome: number[];
  readonly qini: number;
  readonly upliftAt30?: number;
  readonly causalmlAuuc?: number;
  readonly causalmlQini?: number;
  readonly qiniPerPerson?: number;
  readonly auuc?: number;
}

const golden = JSON.parse(readFileSync(new URL('../../golden/uplift.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

/** Sums of at most a few hundred numbers below 1: rounding alone. */
const CLOSE = 1e-12;
const near = (found: number, expected: number, what: string, within = CLOSE): void =>
  assert.ok(Math.abs(found - expected) <= within, `${what}: ${found}, expected ${expected}`);

for (const own of golden.cases)
  test(`equals scikit-uplift and the formulas of causalml: ${own.name}`, () => {
    const judged = { treated: own.treated, outcome: own.outcome };
    const ranking = rankingOf(own.score);
    near(qini(ranking, judged, perfectRanking(judged)), own.qini, 'qini');
    if (own.upliftAt30 !== undefined) near(upliftAt(ranking, judged, 0.3), own.upliftAt30, 'uplift at 30 %');
    if (own.qiniPerPerson !== undefined) near(qiniPerPerson(ranking, judged), own.qiniPerPerson, 'qini a person');
    if (own.auuc !== undefined) near(auuc(ranking, judged), own.auuc, 'auuc');
    const n = own.score.length;
    // causalml divides by n + 1 and fills the first places by a line where one side is still empty.
    if (own.causalmlQini !== undefined)
      near((own.causalmlQini * (n + 1)) / n / n, qiniPerPerson(ranking, judged), 'causalml qini', 40 / n / n);
    if (own.causalmlAuuc !== undefined)
      near((own.causalmlAuuc * (n + 1)) / n / n, auuc(ranking, judged), 'causalml auuc', 40 / n / n);
  });

test('the perfect order is 1, its reverse is below 0, one score for all is 0', () => {
  const judged = worldOf(400, 1);
  const perfect = perfectRanking(judged);
  near(qini(perfect, judged, perfect), 1, 'perfect');
  const hindsight = judged.outcome.map((y, i) => (judged.treated[i] === 1 ? y : -y));
  assert.ok(qini(rankingOf(hindsight.map((h) => -h)), judged, perfect) < -0.5);
  near(qini(rankingOf(new Float64Array(400)), judged, perfect), 0, 'no order');
  near(qiniPerPerson(rankingOf(new Float64Array(400)), judged), 0, 'no order a person');
});

test('a random order is 0 on average, and the order by the true effect is above', () => {
  const judged = worldOf(4000, 2);
  const perfect = perfectRanking(judged);
  const draw = random(3);
  const runs = Array.from({ length: 200 }, () =>
    qini(rankingOf(Float64Array.from(judged.outcome, () => draw.uniform())), judged, perfect),
  );
  const mean = runs.reduce((a, b) => a + b, 0) / runs.length;
  const deviation = Math.sqrt(runs.reduce((sum, run) => sum + (run - mean) ** 2, 0) / (runs.length - 1));
  // four standard errors of the mean of the runs
  assert.ok(Math.abs(mean) < (4 * deviation) / Math.sqrt(runs.length), `mean ${mean}, deviation ${deviation}`);
  assert.ok(qini(rankingOf(judged.effect), judged, perfect) > 4 * deviation);
});

test('the order of rows does not matter, also among people of one score', () => {
  const judged = worldOf(500, 4);
  const score = judged.effect.map((effect) => Math.round(effect * 5));
  const order = shuffled(500, random(5));
  const moved = <T extends { [at: number]: number }>(values: T) => Float64Array.from(order, (i) => values[i]!);
  const turned = { treated: moved(judged.treated), outcome: moved(judged.outcome) };
  const [a, b] = [rankingOf(score), rankingOf(moved(score))];
  for (const figure of [auuc, qiniPerPerson]) near(figure(a, judged), figure(b, turned), figure.name);
  near(upliftAt(a, judged, 0.3), upliftAt(b, turned, 0.3), 'uplift at 30 %');
});

test('a weight of two is the person twice, a weight of none is nobody', () => {
  const judged = worldOf(300, 6);
  const score = judged.effect;
  const weights = Float64Array.from(score, (_, i) => i % 3);
  const rows = Array.from(score, (_, i) => new Array<number>(i % 3).fill(i)).flat();
  const twice = {
    treated: Float64Array.from(rows, (i) => judged.treated[i]!),
    outcome: Float64Array.from(rows, (i) => judged.outcome[i]!),
  };
  const [own, other] = [rankingOf(score), rankingOf(Float64Array.from(rows, (i) => score[i]!))];
  const weighted = { ...judged, weights };
  near(qini(own, weighted, perfectRanking(weighted)), qini(other, twice, perfectRanking(twice)), 'qini');
  near(qiniPerPerson(own, weighted), qiniPerPerson(other, twice), 'qini a person');
});

test('a slow twin that walks person by person agrees where no scores are equal', () => {
  for (let seed = 10; seed < 20; seed++) {
    const judged = worldOf(150, seed);
    const draw = random(seed);
    const score = judged.effect.map((effect) => effect + 0.1 * draw.normal());
    const ranking = rankingOf(score);
    const slow = slowly(judged, score);
    near(qiniPerPerson(ranking, judged), slow.qiniPerPerson, 'qini a person');
    near(auuc(ranking, judged), slow.auuc, 'auuc');
    near(upliftAt(ranking, judged, 0.3), slow.upliftAt30, 'uplift at 30 %');
  }
});

test('curve points end at the average effect, and the cost curve of a constant price is that of the share', () => {
  const judged = worldOf(1000, 7);
  const cost = Float64Array.from(judged.treated, (t) => 3 * t);
  const ranking = rankingOf(judged.effect);
  const points = curvePoints(ranking, judged, 20, cost);
  assert.equal(points.length, 21);
  const side = (own: number) => {
    const rows = Int32Array.from(judged.treated, (_, i) => i).filter((i) => judged.treated[i] === own);
    return rows.reduce((sum, i) => sum + judged.outcome[i]!, 0) / rows.length;
  };
  near(points.at(-1)!.gain, side(1) - side(0), 'gain of all');
  near(points.at(-1)!.qini, side(1) - side(0), 'Qini of all');
  for (const point of points) near(point.cost!, 3 * point.share, 'cost', 1e-9);
  // With a constant price the cost curve is the uplift curve over its end, but for those before the first treated one.
  const area = aucc(ranking, judged, cost);
  const { gain } = points.at(-1)!;
  near(area, (auuc(ranking, judged) - gain / 2 / 1000) / gain, 'area', 1e-4);
});

/** The definitions, person by person. */
function slowly({ treated, outcome }: Judged, score: ArrayLike<number>) {
  const n = outcome.length;
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => score[b]! - score[a]!);
  const among = (k: number, own: number) => order.slice(0, k).filter((i) => treated[i] === own);
  const sum = (rows: number[]) => rows.reduce((total, i) => total + outcome[i]!, 0);
  const mean = (rows: number[]) => (rows.length === 0 ? 0 : sum(rows) / rows.length);
  const q = (k: number) => sum(among(k, 1)) - mean(among(k, 0)) * among(k, 1).length;
  const u = (k: number) => (mean(among(k, 1)) - mean(among(k, 0))) * k;
  let [area, gains] = [0, 0];
  for (let k = 1; k <= n; k++) {
    area += q(k) - (q(n) * k) / n;
    gains += u(k);
  }
  const top = Math.floor(0.3 * n);
  return { qiniPerPerson: area / n / n, auuc: gains / n / n, upliftAt30: mean(among(top, 1)) - mean(among(top, 0)) };
}

/** A randomised trial of a binary outcome with effects between 0 and 0.4. */
function worldOf(count: number, seed: number) {
  const draw = random(seed);
  const effect = Float64Array.from({ length: count }, () => 0.4 * draw.uniform());
  const treated = Float64Array.from(effect, () => Number(draw.uniform() < 0.5));
  const outcome = Float64Array.from(effect, (tau, i) => Number(draw.uniform() < 0.2 + treated[i]! * tau));
  return { effect, treated, outcome };
}
