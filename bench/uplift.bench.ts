/**
 * Uplift: how well effects are found, and in how many CPU seconds.
 *
 * `npm run bench -- uplift trial [FILE.parquet]`: a simulated trial of 100,000 people with known effects, the first half to
 * learn from, the rest to judge by the truth. Without a file it makes one; a file has x0 ... x19, t, y and tau, such as the
 * generator of the peers' protocol writes. Settings were chosen on the first half.
 *
 * `npm run bench -- uplift hillstrom FILE.parquet [REPEATS] [METHOD]`: Hillstrom's e-mail trial (64,000 people, two mails,
 * nobody else asked), outcome visit, five folds dealt ten times; Qini as scikit-uplift normalises it. Everything that is
 * chosen is chosen inside the four folds that are learned from. Then spend, as the value of a policy.
 */
import { cpus } from 'node:os';
import { literal, openDuckdb } from '#engines/index.ts';
import { correlation } from '#kernels/metrics.ts';
import { random, split } from '#kernels/random.ts';
import { type Column, numberColumn, type Table, table, take } from '#table/index.ts';
import {
  evaluateUplift,
  fitUplift,
  METHODS,
  type Method,
  perfectRanking,
  predictUplift,
  qini,
  qiniPerPerson,
  rankingOf,
} from '#uplift/index.ts';

const [subject, file, ...rest] = process.argv.slice(2);
console.log(JSON.stringify({ machine: cpus()[0]?.model, cores: cpus().length, node: process.version }));
if (subject === 'hillstrom' && file !== undefined) await hillstrom(file, Number(rest[0] ?? 10), methodOf(rest[1]));
else if (subject === 'trial') await trial(file);
else console.log('npm run bench -- uplift trial [FILE.parquet] | hillstrom FILE.parquet [REPEATS] [METHOD]');

function methodOf(name: string | undefined): Method {
  return METHODS.find((own) => own === name) ?? 'best';
}

async function read(sql: string): Promise<Table> {
  const compute = await openDuckdb();
  try {
    return await compute.table(sql);
  } finally {
    await compute.close();
  }
}

async function trial(path: string | undefined): Promise<void> {
  const all = path === undefined ? made(100_000) : await read(`select * from read_parquet(${literal(path)})`);
  const half = all.length / 2;
  const rows = (from: number) => Int32Array.from({ length: half }, (_, i) => from + i);
  const [train, test] = [take(all, rows(0)), take(all, rows(half))];
  const tau = numberColumn(test, 'tau').values;
  const judged = { treated: numberColumn(test, 't').values, outcome: numberColumn(test, 'y').values };
  const told = (name: string, score: Float64Array, cpuSeconds: number, more: object = {}) => {
    const ranking = rankingOf(score);
    const top = ranking.order.subarray(0, Math.floor(0.3 * half));
    console.log(
      JSON.stringify({
        ...{ method: name, top30TrueEffect: top.reduce((sum, i) => sum + tau[i]!, 0) / top.length },
        correlation: correlation(score, tau),
        pehe: Math.sqrt(score.reduce((sum, s, i) => sum + (s - tau[i]!) ** 2, 0) / half),
        ...{ qiniPerPerson: qiniPerPerson(ranking, judged), qini: qini(ranking, judged, perfectRanking(judged)) },
        ...{ cpuSeconds, ...more, peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024) },
      }),
    );
  };
  told('the truth', tau, 0);
  for (const method of METHODS) {
    const began = process.cpuUsage();
    const model = fitUplift(train, {
      arm: 't',
      control: '0',
      outcome: 'y',
      ignore: ['tau'],
      method,
      seed: 1,
      threads: 1,
    });
    const { effect, standardError } = predictUplift(model, test, 1).arms[0]!;
    const { user, system } = process.cpuUsage(began);
    const covered = effect.reduce((n, own, i) => n + Number(Math.abs(own - tau[i]!) <= 1.96 * standardError[i]!), 0);
    told(method, effect, (user + system) / 1e6, method === 'forest' ? { intervalsHold: covered / half } : {});
  }
}

/** The trial of the peers' protocol, from this project's own random numbers. */
function made(count: number): Table {
  const draw = random(split(42, 'trial'));
  const x = Array.from({ length: 20 }, () => Float64Array.from({ length: count }, () => draw.normal()));
  const at = (f: number, i: number) => x[f]![i]!;
  const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
  const [t, y, tau] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < count; i++) {
    const p0 = sigmoid(-1.2 + 0.6 * at(0, i) - 0.4 * at(1, i) + 0.3 * at(2, i) * at(3, i) + 0.3 * Math.abs(at(4, i)));
    const ramp = at(7, i) > 0 ? 0.04 * Math.min(1, Math.max(0, at(8, i))) : 0;
    const effect = 0.12 * sigmoid(2 * at(0, i) + at(5, i)) - (at(6, i) > 0.5 ? 0.05 : 0) + ramp;
    const p1 = Math.min(1, Math.max(0, p0 + effect));
    t[i] = Number(draw.uniform() < 0.5);
    y[i] = Number(draw.uniform() < (t[i] === 1 ? p1 : p0));
    tau[i] = p1 - p0;
  }
  const columns: Record<string, Column> = {};
  for (const [f, values] of x.entries()) columns[`x${f}`] = { kind: 'number', values };
  for (const [name, values] of Object.entries({ t, y, tau })) columns[name] = { kind: 'number', values };
  return table(columns);
}

async function hillstrom(path: string, repeats: number, method: Method): Promise<void> {
  const data = await read(
    `select * replace (${['recency', 'mens', 'womens', 'newbie', 'visit', 'conversion'].map((name) => `${name}::double as ${name}`).join(', ')}) from read_parquet(${literal(path)})`,
  );
  const common = { arm: 'segment', control: 'No E-Mail', method, seed: 1, folds: 5, threads: 1 };
  for (const [outcome, ignore, times] of [
    ['visit', ['conversion', 'spend'], repeats],
    ['spend', ['conversion', 'visit'], 1],
  ] as const) {
    const began = process.cpuUsage();
    const { report } = evaluateUplift(data, { ...common, outcome, ignore, repeats: times });
    const { user, system } = process.cpuUsage(began);
    for (const arm of report.arms) {
      const { against, policy, blend } = arm;
      console.log(
        JSON.stringify({
          ...{ outcome, arm: arm.arm, method, repeats: times, randomised: arm.randomised.ok, ate: arm.ate },
          ...{ qini: arm.qini, qiniInterval: arm.qiniInterval, response: against.response, random: against.random },
          ...{ upliftAt30: arm.upliftAt30, upliftAt30Interval: arm.upliftAt30Interval },
          ...{ policyValue: arm.policyValue, policyValueInterval: arm.policyValueInterval },
          ...{ share: policy.share, overNobody: policy.overNobody, overEverybody: policy.overEverybody, blend },
        }),
      );
    }
    console.log(JSON.stringify({ outcome, cpuSeconds: (user + system) / 1e6 }));
  }
}
