// Aim: the support vector machines keep every learner's promises, agree with libsvm, and bend where the data do.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { logLoss } from '#kernels/metrics.ts';
import { random } from '#kernels/random.ts';
import { numbers, type Table, table } from '#table/index.ts';
import { conformance } from '../conformance.ts';
import { survives } from '../fuzz.ts';
import { likeliest } from '../learner.ts';
import { fitSvm, type SvmParams, svm, svmScores } from './svm.ts';

/** Three classes: a disc, a ring about it, and what lies far to the right. */
function world(rows: number, seed = 2): Table {
  const draw = random(seed);
  const x = Array.from({ length: rows }, () => 1.2 * draw.normal());
  const y = Array.from({ length: rows }, () => 1.2 * draw.normal());
  const label = x.map((v, i) => (v > 1.8 ? 2 : v ** 2 + y[i]! ** 2 + 0.2 * draw.normal() < 1 ? 0 : 1));
  return table({ x: numbers(x.map((v, i) => (i % 40 === 7 ? null : v))), y: numbers(y), label: numbers(label) });
}

const radial: SvmParams = { ...svm.defaults, kernel: 'rbf', l2: 0.5 };
conformance(svm, { data: world(240), params: svm.defaults });
// The dual ends when the worst pair violates by 1e-3: another order of rows ends elsewhere within that.
conformance(svm, { data: world(240), params: radial, orderTolerance: 5e-3 });
conformance(svm, { data: world(240), params: { ...radial, exactMax: 0, components: 64 } });
survives(svm, svm.defaults, { runs: 40 });
survives(svm, radial, { runs: 40 });
survives(svm, { ...radial, exactMax: 0, components: 16 }, { runs: 25 });

const accuracyOf = (params: SvmParams, test: Table): { accuracy: number; loss: number } => {
  const model = fitSvm(world(900), params, 1);
  const chances = svm.predict(model, test);
  const label = test.columns.label!.kind === 'number' ? test.columns.label!.values : new Float64Array(0);
  const hits = likeliest(chances, 3).reduce((sum, k, i) => sum + (k === label[i] ? 1 : 0), 0);
  return { accuracy: hits / test.length, loss: logLoss(label, chances, 3) };
};

test('a ring is seen by the radial kernel and by its Fourier features, not by a plane; chances are to size', () => {
  const asked = world(1000, 5);
  const plane = accuracyOf(svm.defaults, asked);
  for (const params of [radial, { ...radial, exactMax: 0 }]) {
    const bent = accuracyOf(params, asked);
    // A tenth of the points lie where noise decides; a plane cannot tell disc from ring.
    assert.ok(bent.accuracy > 0.88 && plane.accuracy < 0.75, `${bent.accuracy} ${plane.accuracy}`);
    assert.ok(bent.loss < 0.35, `${bent.loss}`);
    assert.ok(bent.loss < accuracyOf({ ...params, folds: 0 }, asked).loss);
  }
});

test('the exact machine has the scores of libsvm', async () => {
  interface Machine {
    train(samples: number[][], labels: number[]): void;
    serializeModel(): string;
    free(): void;
  }
  const load = createRequire(import.meta.url)('libsvm-js/asm.js') as Promise<new (options: object) => Machine>;
  const Svm = await load;
  const draw = random(3);
  const rows = Array.from({ length: 120 }, () => [draw.normal(), draw.normal()]);
  const labels = rows.map(([a, b]) => (a! * b! + 0.3 * draw.normal() > 0 ? 1 : 0));
  const machine = new Svm({ kernel: '2', type: '0', gamma: 0.7, cost: 4, tolerance: 1e-3, quiet: true });
  machine.train(rows, labels);
  const peer = serialScores(machine.serializeModel(), rows, 0.7);
  machine.free();
  const data = table({
    a: numbers(rows.map((row) => row[0])),
    b: numbers(rows.map((row) => row[1])),
    label: numbers(labels),
  });
  const params = { ...radial, l2: 1 / 4, gamma: 0.7, standardise: false, folds: 0 };
  const own = svmScores(fitSvm(data, params), data);
  for (const [i, score] of peer.entries()) assert.ok(Math.abs(own[i]! - score) < 5e-3, `${own[i]} ${score}`);
});

/** Scores for class 1 of a two-class machine that libsvm wrote as text. */
function serialScores(text: string, rows: number[][], gamma: number): number[] {
  const [head = '', vectors = ''] = text.split('SV\n');
  const rho = Number(/^rho (.*)$/m.exec(head)![1]);
  const side = /^label 1/m.test(head) ? 1 : -1;
  const support = vectors
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([weight, ...cells]) => ({ weight: Number(weight), at: cells.map((cell) => Number(cell.split(':')[1])) }));
  const near = (a: number[], b: number[]) => Math.exp(-gamma * a.reduce((sum, v, j) => sum + (v - b[j]!) ** 2, 0));
  return rows.map((row) => side * (support.reduce((sum, { weight, at }) => sum + weight * near(row, at), 0) - rho));
}

test('parameters that cannot be are refused', () => {
  for (const wrong of [{ l2: 0 }, { gamma: -1 }, { folds: 1 }, { components: 0.5 }, { exactMax: 1e6 }])
    assert.throws(() => fitSvm(world(50), { ...radial, ...wrong }), { code: 'LEARNER_PARAMS' });
});
