// Aim: information has known values and no bias where there is none; shuffling and repeated halves find what matters and no more.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deviation, mean } from '#kernels/metrics.ts';
import { random, split } from '#kernels/random.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';
import { lessonOf } from '../choose/cross-validate.ts';
import type { Supervised } from '../learner.ts';
import { logistic } from '../linear/logistic.ts';
import { coded, informationOf, mutualInformation } from './information.ts';
import { permutationImportance } from './permutation.ts';
import { byInformation, byL1, stabilitySelection } from './stability.ts';

test('codes: bins of equal frequency, equal values together, what is missing apart', () => {
  assert.deepEqual(Array.from(coded(numbers([5, 1, 2, 3, 4, 6]), 3)), [3, 1, 1, 2, 2, 3]);
  assert.deepEqual(Array.from(coded(numbers([1, 1, 1, 1, 2, null]), 2)), [1, 1, 1, 1, 2, 0]);
  assert.deepEqual(Array.from(coded(numbers([7, Number.NaN, Number.POSITIVE_INFINITY]), 4)), [1, 0, 0]);
  assert.deepEqual(Array.from(coded(texts(['b', null, 'a', 'b']), 4)), [1, 0, 2, 1]);
});

test('golden: the plain count of scikit-learn, once the correction is taken back', () => {
  const peer = JSON.parse(readFileSync(new URL('../../../golden/calibration.json', import.meta.url), 'utf8')) as {
    a: number[];
    b: number[];
    mutualInformation: number;
    tolerance: { mutualInformation: number };
  };
  const cells = new Set(peer.a.map((a, i) => `${a} ${peer.b[i]}`)).size;
  const bias = (cells - new Set(peer.a).size - new Set(peer.b).size + 1) / (2 * peer.a.length);
  const { nats } = mutualInformation(Int32Array.from(peer.a), Int32Array.from(peer.b));
  assert.ok(Math.abs(nats + bias - peer.mutualInformation) < peer.tolerance.mutualInformation);
});

test('information: of a copy it is the entropy, of a known channel its capacity; weights count as rows', () => {
  const bit = Int32Array.from({ length: 1000 }, (_, i) => i % 2);
  const copy = mutualInformation(bit, bit);
  // plug-in ln 2, less (2 - 2 - 2 + 1) / 2n
  assert.ok(Math.abs(copy.nats - (Math.LN2 + 1 / 2000)) < 1e-12);
  assert.deepEqual([copy.share, copy.ratio], [1, 1]);
  // a binary symmetric channel that flips a tenth: ln 2 - H(0.1), less a bias of 1 / 2n
  const flipped = bit.map((own, i) => (Math.floor(i / 2) % 10 === 0 ? 1 - own : own));
  const noisy = Math.LN2 + 0.1 * Math.log(0.1) + 0.9 * Math.log(0.9);
  assert.ok(Math.abs(mutualInformation(bit, flipped).nats - (noisy - 1 / 2000)) < 1e-12);
  const twice = mutualInformation(Int32Array.of(0, 1, 1, 0, 1, 1), Int32Array.of(0, 1, 0, 0, 1, 0));
  const weighed = mutualInformation(Int32Array.of(0, 1, 1), Int32Array.of(0, 1, 0), [2, 2, 2]);
  assert.ok(Math.abs(twice.nats - weighed.nats) < 1e-12 && twice.nats > 0.1); // three cells of five: no bias
  assert.deepEqual(mutualInformation(Int32Array.of(1), Int32Array.of(1)), { nats: 0, share: 0, ratio: 0 });
});

test('law: independent columns have no information on the mean, though the plain count shows some', () => {
  const told = Array.from({ length: 400 }, (_, round) => {
    const draw = random(split(2, round));
    const pick = (below: number) => Int32Array.from({ length: 200 }, () => draw.integer(below));
    return mutualInformation(pick(6), pick(4)).nats;
  });
  const error = deviation(told) / 20;
  // the uncorrected mean is 15 / 400 = 0.0375; the correction is exact to the order 1 / n^2, about (15 / 400)^2
  assert.ok(Math.abs(mean(told)) < 3 * error + 0.0015, `${mean(told)} +- ${error}`);
});

function world(rows: number, seed: number): Table {
  const draw = random(seed);
  const own = Array.from({ length: 12 }, () => Array.from({ length: rows }, () => draw.normal()));
  const [a = [], b = [], c = []] = own;
  const city = a.map(() => ['x', 'y', 'z'][draw.integer(3)]!);
  const z = a.map((v, i) => 1.5 * v - b[i]! + 0.5 * c[i]! + (city[i] === 'x' ? 1.5 : 0) + draw.normal());
  return table({
    ...Object.fromEntries(own.map((column, j) => [j < 3 ? 'abc'[j]! : `noise${j}`, numbers(column)])),
    twin: numbers(a.map((v) => v + 0.01 * draw.normal())),
    city: texts(city),
    amount: numbers(z),
    label: numbers(z.map((v) => (v > 0 ? 1 : 0))),
  });
}

const aim = { task: 'classify' as const, label: 'label' };
const features = Object.keys(world(3, 1).columns).filter((name) => name !== 'amount' && name !== 'label');

test('informationOf ranks what matters first, of classes and of numbers, also a relation without a slope', () => {
  const data = world(2000, 4);
  const order = informationOf(data, { ...aim, features }).map(({ feature }) => feature);
  assert.deepEqual(new Set(order.slice(0, 2)), new Set(['a', 'twin']));
  assert.deepEqual(new Set(order.slice(2, 5)), new Set(['b', 'c', 'city']));
  assert.equal(informationOf(data, { task: 'regress', label: 'amount', features })[2]!.feature, 'b');
  const x = Array.from({ length: 900 }, (_, i) => (i % 30) - 14.5);
  const round = table({ x: numbers(x), flat: numbers(x.map(() => 1)), y: numbers(x.map((v) => v * v)) });
  const [first, second] = informationOf(round, { task: 'regress', label: 'y' });
  assert.ok(first!.feature === 'x' && first!.share > 0.5);
  assert.deepEqual([second!.feature, second!.nats], ['flat', 0]);
});

test('permutation: falls where the model leans on it, not else; twins hide alone and show together', async () => {
  const data = world(1500, 5);
  const used = features.filter((name) => name !== 'city');
  const params = { ...logistic.defaults, ...aim, features: used };
  const model = await logistic.fit(data, params, 1);
  const lesson = lessonOf(world(1500, 6), { ...aim, features: used });
  const told = permutationImportance(logistic as Supervised, model, lesson, { seed: 1 });
  const of = (name: string) => told.find((own) => own.name === name)!;
  assert.ok(of('b').fall > 10 * of('b').sd);
  assert.ok(Math.abs(of('noise7').fall) < 0.005);
  const groups = { twins: ['a', 'twin'], noise: used.filter((name) => name.startsWith('noise')) };
  const [first, last] = permutationImportance(logistic as Supervised, model, lesson, {
    seed: 1,
    groups,
    metric: 'auc',
    repeats: 3,
  });
  assert.deepEqual([first!.name, first!.falls.length, last!.name], ['twins', 3, 'noise']);
  assert.ok(first!.fall > 0.1 && Math.abs(last!.fall) < 0.01);
  assert.deepEqual(permutationImportance(logistic as Supervised, model, lesson, { seed: 1 }), told);
});

test('stability: what matters is chosen in all halves, noise in few; the bound on false ones holds', () => {
  const data = world(1200, 7);
  const found = stabilitySelection(data, features, byInformation({ ...aim, features }, 5), { seed: 3, pairs: 20 });
  const stable = found.features.filter(({ isStable }) => isStable).map(({ feature }) => feature);
  for (const name of ['a', 'twin', 'b']) assert.ok(stable.includes(name), stable.join());
  const linear = stabilitySelection(data, features, byL1({ ...aim, features }, 4), { seed: 3, pairs: 5 });
  const first = linear.features.filter(({ isStable }) => isStable).map(({ feature }) => feature);
  // the penalty takes one of the twins, now this one, now that
  assert.ok(
    first.includes('b') && first.includes('city') && !first.some((name) => name.startsWith('noise')),
    first.join(),
  );
  const noise = found.features.filter(({ feature }) => feature.startsWith('noise'));
  assert.ok(noise.every(({ share, both }) => share < 0.5 && both <= share));
  assert.ok(
    found.chosen <= 5 && Math.abs(found.falseMost - Math.min(found.chosen, found.chosen ** 2 / (0.5 * 14))) < 1e-12,
  );
  // nothing to be found: each of 14 is chosen in a third of the halves or fewer, none is stable
  const blind = table({
    ...data.columns,
    label: numbers(Array.from({ length: 1200 }, (_, i) => Number(random(split(9, i)).uniform() < 0.5))),
  });
  const none = stabilitySelection(blind, features, byInformation({ ...aim, features }, 3), { seed: 3, pairs: 20 });
  assert.ok(none.features.filter(({ isStable }) => isStable).length <= none.falseMost);
});
