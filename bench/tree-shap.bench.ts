/**
 * Exact attributions by tree path of 500 full trees of depth 8 (256 leaves) on 30 features: rows a CPU second, by walks (few
 * rows) and by tables (many), the first call with the layout of the program and the next without it.
 *
 * Peer: lightgbm 4.7.0 `predict(rows, pred_contrib=True, num_threads=1)` of 500 trees of at most 256 leaves and depth 8
 * (80,382 leaves in all) on 30 features, 53 rows a CPU second on a 2-core AMD EPYC; this code on the same trees and machine
 * 8,284 for 20,000 rows and 5,996 for 4,000, with no value further off than 5e-14. `npm run bench -- tree-shap [ROWS]`
 */
import { availableParallelism, cpus } from 'node:os';
import { pathShap } from '#explain/index.ts';
import { random } from '#kernels/random.ts';
import { rawScores, type Tree, type TreeEnsemble } from '#learners/index.ts';
import { numbers, table } from '#table/index.ts';

const FEATURES = 30;
const TREES = 500;
const DEPTH = 8;

console.log(`${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}`);
const draw = random(7);
const model = ensemble();
const sizes = process.argv[2] === undefined ? [500, 4000, 20_000] : [Number(process.argv[2])];
const lines: object[] = [];
for (const rows of sizes) for (const threads of [1, 1, 2]) lines.push(timed(rows, threads));
console.table(lines);

function timed(rows: number, threads: number): object {
  const data = table(
    Object.fromEntries(
      model.inputs.map(({ feature }) => [feature, numbers(Float64Array.from({ length: rows }, () => draw.normal()))]),
    ),
  );
  const from = process.cpuUsage();
  const start = performance.now();
  const { values, expected } = pathShap(model, data, { threads });
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(from);
  const scores = rawScores(model, data, 1);
  let worst = 0;
  for (let i = 0; i < rows; i++) {
    let sum = expected[0]!;
    for (let f = 0; f < FEATURES; f++) sum += values[i * FEATURES + f]!;
    worst = Math.max(worst, Math.abs(sum - scores[i]!));
  }
  const cpuSeconds = (user + system) / 1e6;
  return {
    rows,
    threads,
    seconds,
    cpuSeconds,
    rowsPerCpuSecond: Math.round(rows / cpuSeconds),
    additivityError: worst,
  };
}

function ensemble(): TreeEnsemble {
  return {
    kind: 'boosting',
    task: 'regress',
    classes: [],
    features: Array.from({ length: FEATURES }, (_, f) => `x${f}`),
    inputs: Array.from({ length: FEATURES }, (_, f) => ({ feature: `x${f}` })),
    link: 'identity',
    width: 1,
    base: [0.5],
    average: false,
    trees: Array.from({ length: TREES }, tree),
  };
}

/** A full tree: splits in breadth-first order, so that the children of s are 2 s + 1 and 2 s + 2. */
function tree(): Tree {
  const splits = 2 ** DEPTH - 1;
  const s = Array.from({ length: splits }, (_, i) => i);
  const child = (c: number) => (c < splits ? c : -1 - (c - splits));
  const leafCover = Array.from({ length: splits + 1 }, () => 20 + draw.integer(200));
  const splitCover = new Array<number>(splits).fill(0);
  const coverOf = (c: number): number => (c < splits ? splitCover[c]! : leafCover[c - splits]!);
  for (let i = splits - 1; i >= 0; i--) splitCover[i] = coverOf(2 * i + 1) + coverOf(2 * i + 2);
  return {
    feature: s.map(() => draw.integer(FEATURES)),
    threshold: s.map(() => draw.normal()),
    missingLeft: s.map(() => draw.integer(2)),
    left: s.map((i) => child(2 * i + 1)),
    right: s.map((i) => child(2 * i + 2)),
    value: Array.from({ length: splits + 1 }, () => 0.1 * draw.normal()),
    splitCover,
    leafCover,
    gain: s.map(() => 1),
  };
}
