/**
 * Learners on two tables beside their peers: CPU seconds, wall, memory and AUC, each in a process of its own.
 *
 *   npm run bench -- learn [--gbdt DIR] [--credit FILE] [--python PATH] [--data gbdt,credit] [--only NAME,NAME]
 *     [--threads N] [--rows N]
 *
 * - gbdt: 1,000,000 x 30 numbers, 200,000 to test. `--gbdt` names a folder with train.parquet and test.parquet (label y;
 *   shared/peers/gbdt_gen.py makes the one whose peers are in shared/peers/README.md); else one of the same law is drawn.
 * - credit: Give Me Some Credit, 150,000 rows; a fifth of each class is the test, by a hash of the row number.
 * - peers: LightGBM, XGBoost, CatBoost and scikit-learn with 100 trees, 31 leaves, rate 0.1 and 255 bins on the same files,
 *   where `--python` or TIERWISE_PEERS_PYTHON names a Python that has them.
 *
 * `cpu` and `wall` are of fitting alone, without reading the file; `rss` is the peak of the whole process.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Compute, literal, openDuckdb, writeParquet } from '#engines/index.ts';
import { type Random, random, split } from '#kernels/random.ts';
import { learners } from '#learners/index.ts';
import { type Column, numbers, table } from '#table/index.ts';

const { values: asked } = parseArgs({
  allowPositionals: true,
  options: {
    gbdt: { type: 'string' },
    credit: { type: 'string' },
    python: { type: 'string' },
    data: { type: 'string' },
    only: { type: 'string' },
    threads: { type: 'string' },
    rows: { type: 'string' },
  },
});
const APP = fileURLToPath(new URL('../src/app.ts', import.meta.url));
const CREDIT = new URL('../../shared/data/credit-give-me-some-credit/cs_training.parquet', import.meta.url);
const THREADS = asked.threads ?? String(availableParallelism());
const PEERS = ['lightgbm', 'xgboost', 'catboost', 'sklearn'];
const python = asked.python ?? process.env.TIERWISE_PEERS_PYTHON;
const isIn = (list: string | undefined, name: string): boolean => list === undefined || list.split(',').includes(name);
const wanted = (name: string): boolean => isIn(asked.only, name);

interface Files {
  readonly name: string;
  readonly train: string;
  readonly test: string;
  readonly label: string;
}

interface Line {
  readonly data: string;
  readonly learner: string;
  readonly cpu: number;
  readonly wall: number;
  readonly predict: number;
  readonly rss: number;
  readonly auc: number;
  readonly logLoss: number;
}

function run(files: Files): void {
  for (const { name, tasks } of learners) if (tasks.includes('classify') && wanted(name)) print(learned(files, name));
  const peers = PEERS.filter(wanted);
  if (python !== undefined) for (const peer of peers) print(peerLine(files, python, peer));
  else if (peers.length > 0) console.log('no peers: name a Python with --python or TIERWISE_PEERS_PYTHON');
}

function print(line: Line | string): void {
  if (typeof line === 'string') {
    console.log(line);
    return;
  }
  const { data, learner, cpu, wall, predict, rss, auc, logLoss } = line;
  const cells = [
    `cpu ${cpu.toFixed(1)} s`,
    `wall ${wall.toFixed(1)} s`,
    `predict ${predict.toFixed(2)} s`,
    `rss ${rss.toFixed(0)} MB`,
  ];
  console.log(
    [
      data.padEnd(7),
      learner.padEnd(16),
      ...cells.map((cell) => cell.padEnd(15)),
      `auc ${auc.toFixed(5)}`,
      ` logloss ${logLoss.toFixed(5)}`,
    ].join(''),
  );
}

function learned({ name, train, test, label }: Files, learner: string): Line | string {
  const options = [
    '--learner',
    learner,
    '--train',
    train,
    '--test',
    test,
    '--label',
    label,
    '--threads',
    THREADS,
    '--json',
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, [APP, 'learn', ...options], { encoding: 'utf8' });
  if (status !== 0) return `${name} ${learner} failed: ${stderr.split('\n')[0]}`;
  const { trainCpuSeconds, trainSeconds, predictSeconds, peakRssMb, metrics } = JSON.parse(stdout);
  const times = { cpu: trainCpuSeconds, wall: trainSeconds, predict: predictSeconds, rss: peakRssMb };
  return { data: name, learner, ...times, auc: metrics.auc, logLoss: metrics.logLoss };
}

const PEER = `
import sys, os, json, time, resource
train, test, label, lib, nt = sys.argv[1:5] + [int(sys.argv[5])]
os.environ['OMP_NUM_THREADS'] = str(nt)
import numpy as np, pyarrow.parquet as pq
from sklearn.metrics import roc_auc_score, log_loss
def read(f):
    t = pq.read_table(f); y = t[label].to_numpy(); t = t.drop([label])
    return np.column_stack([c.cast('float32', safe=False).to_numpy() for c in t.columns]).astype(np.float32), y
X, y = read(train); Xt, yt = read(test)
if lib == 'lightgbm':
    import lightgbm as L; m = L.LGBMClassifier(n_estimators=100, num_leaves=31, learning_rate=.1, max_bin=255, n_jobs=nt, verbose=-1, random_state=0)
elif lib == 'xgboost':
    import xgboost as L; m = L.XGBClassifier(n_estimators=100, tree_method='hist', grow_policy='lossguide', max_leaves=31, max_depth=0, learning_rate=.1, max_bin=255, n_jobs=nt, random_state=0)
elif lib == 'catboost':
    import catboost as L; m = L.CatBoostClassifier(iterations=100, learning_rate=.1, max_leaves=31, grow_policy='Lossguide', border_count=254, thread_count=nt, random_seed=0, verbose=0, allow_writing_files=False)
else:
    import sklearn as L; from sklearn.ensemble import HistGradientBoostingClassifier as H; m = H(max_iter=100, learning_rate=.1, max_leaf_nodes=31, max_bins=255, early_stopping=False, random_state=0)
t0, c0 = time.perf_counter(), time.process_time(); m.fit(X, y); t1, c1 = time.perf_counter(), time.process_time()
p = m.predict_proba(Xt)[:, 1]; t2 = time.perf_counter()
print(json.dumps(dict(version=L.__version__, cpu=c1 - c0, wall=t1 - t0, predict=t2 - t1, rss=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, auc=roc_auc_score(yt, p), logLoss=log_loss(yt, p.astype('float64')))))
`;

function peerLine({ name, train, test, label }: Files, binary: string, peer: string): Line | string {
  const { OPENBLAS_CORETYPE: _type, OPENBLAS_L2_SIZE: _size, ...env } = process.env;
  const args = ['-W', 'ignore', '-c', PEER, train, test, label, peer, THREADS];
  const { status, stdout, stderr } = spawnSync(binary, args, {
    encoding: 'utf8',
    env: { ...env, OMP_WAIT_POLICY: 'PASSIVE' },
  });
  if (status !== 0) return `${name} ${peer} failed: ${stderr.trim().split('\n').at(-1)}`;
  const { version, ...figures } = JSON.parse(stdout);
  return { data: name, learner: `${peer} ${version}`, ...figures };
}

async function credit(): Promise<Files | undefined> {
  const file = asked.credit ?? fileURLToPath(CREDIT);
  if (!existsSync(file)) {
    console.log('credit skipped: no ../shared/data here, and no --credit FILE');
    return undefined;
  }
  const label = 'SeriousDlqin2yrs';
  const files = {
    name: 'credit',
    label,
    train: join(dir, 'credit-train.parquet'),
    test: join(dir, 'credit-test.parquet'),
  };
  await withCompute(async (compute) => {
    await compute.run(`create table placed as select *, row_number() over (partition by ${label} order by md5(file_row_number::varchar))
      <= count(*) over (partition by ${label}) / 5 as is_test from read_parquet(${literal(file)}, file_row_number = true)`);
    for (const part of ['train', 'test'] as const)
      await writeParquet(
        compute,
        `select * exclude (is_test, file_row_number) from placed where is_test = ${part === 'test'} order by file_row_number`,
        files[part],
      );
  });
  return files;
}

async function gbdt(): Promise<Files> {
  const from = asked.gbdt ?? dir;
  const files = { name: 'gbdt', label: 'y', train: join(from, 'train.parquet'), test: join(from, 'test.parquet') };
  if (asked.gbdt !== undefined) return files;
  const rows = Number(asked.rows ?? 1_000_000);
  await withCompute(async (compute) => {
    for (const [part, count] of [
      ['train', rows],
      ['test', Math.ceil(rows / 5)],
    ] as const) {
      await compute.load('drawn', table(drawn(count, random(split(42, part)))));
      await writeParquet(compute, 'select * replace (y::tinyint as y) from drawn', files[part]);
    }
  });
  return files;
}

/** f0..f19 normal, f20..f24 rounded lognormal, f25..f27 whole 0..9, f28 and f29 noisy copies; y by a bent logit of some. */
function drawn(rows: number, draw: Random): Record<string, Column> {
  const f = Array.from({ length: 30 }, () => new Float64Array(rows));
  const y = new Float64Array(rows);
  const x = new Float64Array(30);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < 20; j++) x[j] = draw.normal();
    for (let j = 20; j < 25; j++) x[j] = Math.round(Math.exp(draw.normal()) * 10);
    for (let j = 25; j < 28; j++) x[j] = draw.integer(10);
    x[28] = x[0]! + 0.5 * draw.normal();
    x[29] = x[1]! * x[2]! + 0.5 * draw.normal();
    for (let j = 0; j < 30; j++) f[j]![i] = Math.fround(x[j]!);
    y[i] = draw.uniform() < 1 / (1 + Math.exp(-logitOf(x))) ? 1 : 0;
  }
  return { ...Object.fromEntries(f.map((values, j) => [`f${j}`, numbers(values)])), y: numbers(y) };
}

const logitOf = (x: Float64Array): number =>
  0.8 * x[0]! -
  0.6 * x[1]! +
  0.7 * x[2]! * x[3]! +
  0.5 * Math.sin(2 * x[4]!) +
  0.4 * Math.abs(x[5]!) -
  0.3 * x[6]! ** 2 +
  (x[20]! > 12 ? 0.6 : 0) -
  0.005 * x[21]! +
  (x[25]! % 3 === 0 ? 0.2 : 0) +
  (x[8]! > 0 ? 0.3 * x[7]! : 0) -
  0.2;

async function withCompute(work: (compute: Compute) => Promise<void>): Promise<void> {
  const compute = await openDuckdb();
  try {
    await work(compute);
  } finally {
    await compute.close();
  }
}

console.log(`${cpus()[0]?.model}, ${THREADS} of ${availableParallelism()} cores, Node ${process.version}`);
const dir = mkdtempSync(join(tmpdir(), 'learn-bench-'));
try {
  const sets = [
    isIn(asked.data, 'gbdt') ? await gbdt() : undefined,
    isIn(asked.data, 'credit') ? await credit() : undefined,
  ];
  for (const files of sets) if (files !== undefined) run(files);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
