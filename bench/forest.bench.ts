/**
 * Forests: CPU seconds (user + system, one thread), memory and figures on rows held out.
 * `npm run bench -- forest` makes its worlds; `npm run bench -- forest TRAIN.parquet TEST.parquet LABEL [TREES] [MIN_ROWS]`
 * reads them: the million rows of shared/peers/gbdt_gen.py, say. Peer: RandomForestClassifier(TREES,
 * min_samples_leaf=MIN_ROWS, max_features='sqrt', n_jobs=1) of scikit-learn 1.9.1, timed by time.process_time().
 */
import { availableParallelism, cpus } from 'node:os';
import { literal, openDuckdb } from '#engines/index.ts';
import { random } from '#kernels/random.ts';
import { extraTrees, fitForest, forest, judge, targetOf } from '#learners/index.ts';
import { type Column, numbers, type Table, table } from '#table/index.ts';

const KINDS = ['forest', 'extra-trees'] as const;
console.log(`${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}`);
const [train, test, label = 'y', trees = '10', minRows = '5'] = process.argv.slice(2);
if (train !== undefined && test !== undefined) {
  const [learned, held] = [await read(train), await read(test)];
  console.table(
    KINDS.map((kind) => timed(kind, learned, held, { label, trees: Number(trees), minRows: Number(minRows) })),
  );
} else {
  const few = { label: 'y', trees: 500, minRows: 5 };
  const many = { label: 'y', trees: 10, minRows: 5 };
  const rows: object[] = [];
  for (const kind of KINDS) {
    rows.push(timed(kind, world(2000, 35, 1), world(2000, 35, 2), few));
    rows.push(timed(kind, world(100_000, 30, 1), world(50_000, 30, 2), many));
  }
  console.table(rows);
}

async function read(path: string): Promise<Table> {
  const compute = await openDuckdb();
  try {
    return await compute.table(`select * from read_parquet(${literal(path)})`);
  } finally {
    await compute.close();
  }
}

/** Features of spread and of heavy tails; two classes that hang on some of them, also jointly. */
function world(rows: number, features: number, seed: number): Table {
  const draw = random(seed);
  const columns: Record<string, Column> = {};
  const x = Array.from({ length: features }, (_, f) =>
    Float64Array.from({ length: rows }, () => (f % 3 === 2 ? Math.round(10 * Math.exp(draw.normal())) : draw.normal())),
  );
  for (const [f, values] of x.entries()) columns[`f${f}`] = { kind: 'number', values };
  const logit = (i: number) =>
    x[0]![i]! - 0.6 * x[1]![i]! + 0.7 * x[3]![i]! * x[4]![i]! + (x[2]![i]! > 12 ? 0.6 : -0.2) - 0.3 * x[6]![i]! ** 2;
  columns.y = numbers(Array.from({ length: rows }, (_, i) => Number(draw.uniform() < 1 / (1 + Math.exp(-logit(i))))));
  return table(columns);
}

function timed(
  kind: 'forest' | 'extra-trees',
  learned: Table,
  held: Table,
  own: { label: string; trees: number; minRows: number },
) {
  globalThis.gc?.();
  const rssBefore = process.memoryUsage.rss();
  const learner = kind === 'forest' ? forest : extraTrees;
  const start = process.cpuUsage();
  const { model } = fitForest(kind, learned, { ...learner.defaults, ...own, threads: 1 }, 1);
  const fitted = process.cpuUsage(start);
  const predicted = learner.predict(model, held);
  const told = process.cpuUsage(start);
  const target = targetOf(held, { task: 'classify', label: own.label });
  const figures = judge({ task: 'classify', classes: model.classes, predicted, target: target.label });
  const seconds = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1e6;
  return {
    kind,
    ...{ rows: learned.length, features: model.features.length, trees: own.trees, minRows: own.minRows },
    ...{ fitCpuS: seconds(fitted).toFixed(2), predictCpuS: (seconds(told) - seconds(fitted)).toFixed(2) },
    ...{ auc: figures.auc?.toFixed(5), accuracy: figures.accuracy?.toFixed(4) },
    outOfBagAccuracy: model.outOfBag?.accuracy?.toFixed(4),
    leavesOfFirst: model.trees[0]!.leafCover.length,
    rssBeforeMb: Math.round(rssBefore / 2 ** 20),
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}
