/**
 * Linear learners on a million rows of 30 columns, one thread.
 * `npm run bench -- linear [TRAIN.parquet TEST.parquet]`: files with a column y of 0 and 1; without them a set of the same
 * make is drawn. CPU seconds are user + system of the whole process.
 *
 * Peers on the same file, one thread: scikit-learn 1.9.1, StandardScaler outside the timing, OMP_NUM_THREADS=1,
 * `LogisticRegression(C=1, max_iter=1000).fit(X, y)` and `LinearSVC(C=1, dual=False).fit(X, y)`, time.process_time().
 */
import { cpus } from 'node:os';
import { openDuckdb } from '#engines/index.ts';
import { meanRanks } from '#kernels/metrics.ts';
import { random } from '#kernels/random.ts';
import { linear, logistic, svm } from '#learners/index.ts';
import { numberColumn, numbers, type Table, table } from '#table/index.ts';

const [trainFile, testFile] = process.argv.slice(2);
const [train, test] =
  trainFile === undefined || testFile === undefined ? [drawn(1_000_000, 1), drawn(200_000, 2)] : await read();
console.log(`${cpus()[0]?.model}, Node ${process.version}; ${train.length} rows to learn, ${test.length} to judge`);

const names = Object.keys(train.columns).filter((name) => name !== 'y');
const common = { label: 'y', threads: 1 } as const;
const results: Record<string, number | string>[] = [];
await measured(
  'logistic',
  () => logistic.fit(train, { ...logistic.defaults, ...common }, 1),
  (m) => logistic.predict(m, test),
);
await measured(
  'logistic, l1 = 1000',
  () => logistic.fit(train, { ...logistic.defaults, ...common, l1: 1000 }, 1),
  (m) => logistic.predict(m, test),
);
await measured(
  'logistic, ordinal',
  () => logistic.fit(train, { ...logistic.defaults, ...common, task: 'ordinal' }, 1),
  (m) => logistic.predict(m, test),
);
await measured(
  'linear',
  () => linear.fit(train, { ...linear.defaults, ...common }, 1),
  (m) => linear.predict(m, test),
);
const four = withClasses(train);
await measured(
  'logistic, four classes',
  () => logistic.fit(four, { ...logistic.defaults, ...common, label: 'y4', features: names }, 1),
  (m) => chanceOfUpper(logistic.predict(m, test)),
);
for (const folds of [0, 3])
  await measured(
    `svm, ${folds} folds`,
    () => svm.fit(train, { ...svm.defaults, ...common, folds }, 1),
    (m) => svm.predict(m, test),
  );
console.table(results);

async function measured<M extends object>(
  name: string,
  fit: () => M | Promise<M>,
  predict: (model: M) => Float64Array,
) {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let peak = before;
  const from = process.cpuUsage();
  const model = await fit();
  const fitSeconds = cpuSince(from);
  peak = Math.max(peak, process.memoryUsage.rss());
  const then = process.cpuUsage();
  const scores = predict(model);
  const own = {
    iterations: 'iterations' in model ? String(model.iterations) : '',
    converged: 'converged' in model ? String(model.converged) : '',
  };
  results.push({
    name,
    fitSeconds,
    predictSeconds: cpuSince(then),
    auc: auc(scores),
    addedMb: Math.round((peak - before) / 2 ** 20),
    ...own,
  });
}

/** Of four classes the chance of the last two, which are y = 1. */
function chanceOfUpper(chances: Float64Array): Float64Array {
  return Float64Array.from({ length: chances.length / 4 }, (_, i) => chances[4 * i + 2]! + chances[4 * i + 3]!);
}

/** Each of the two classes halved by a coin that leans on f2. */
function withClasses(data: Table): Table {
  const draw = random(3);
  const [y, f2] = [numberColumn(data, 'y').values, numberColumn(data, 'f2').values];
  const y4 = y.map((label, i) => 2 * label + (f2[i]! + draw.normal() > 0 ? 1 : 0));
  return { length: data.length, columns: { ...data.columns, y4: numbers(y4) } };
}

function cpuSince(from: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(from);
  return Math.round((user + system) / 1e4) / 100;
}

function auc(scores: Float64Array): number {
  const label = numberColumn(test, 'y').values;
  const width = scores.length / label.length;
  const ranks = meanRanks(label.map((_, i) => scores[i * width + width - 1]!));
  const positives = label.reduce((sum, y) => sum + y, 0);
  const sum = label.reduce((total, y, i) => total + y * ranks[i]!, 0);
  return Math.round(((sum - (positives * (positives + 1)) / 2) / (positives * (label.length - positives))) * 1e5) / 1e5;
}

async function read(): Promise<[Table, Table]> {
  const compute = await openDuckdb();
  const tables = [trainFile, testFile].map((file) => compute.table(`SELECT * FROM read_parquet('${file}')`));
  const [first, second] = await Promise.all(tables);
  await compute.close();
  return [first!, second!];
}

/** Twenty normal columns, five of counts, three of digits, two that lean on others; a label that bends with them. */
function drawn(rows: number, seed: number): Table {
  const draw = random(seed);
  const columns = Array.from({ length: 30 }, () => new Float64Array(rows));
  const y = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < 20; j++) columns[j]![i] = draw.normal();
    for (let j = 20; j < 25; j++) columns[j]![i] = Math.round(Math.exp(draw.normal()) * 10);
    for (let j = 25; j < 28; j++) columns[j]![i] = draw.integer(10);
    const x = (j: number) => columns[j]![i]!;
    columns[28]![i] = x(0) + 0.5 * draw.normal();
    columns[29]![i] = x(1) * x(2) + 0.5 * draw.normal();
    const bends = 0.7 * x(2) * x(3) + 0.5 * Math.sin(2 * x(4)) + 0.4 * Math.abs(x(5)) - 0.3 * x(6) ** 2;
    const steps =
      (x(20) > 12 ? 0.6 : 0) + (x(25) % 3 === 0 ? 0.2 : 0) + (x(8) > 0 ? 0.3 * x(7) : 0) - 0.005 * x(21) - 0.2;
    y[i] = draw.uniform() < 1 / (1 + Math.exp(-(0.8 * x(0) - 0.6 * x(1) + bends + steps))) ? 1 : 0;
  }
  return table(
    Object.fromEntries([...columns.map((column, j) => [`f${j}`, numbers(column)] as const), ['y', numbers(y)]]),
  );
}
