/**
 * The closed loop over campaign rounds on made-up shops: is the measured profit the true one, how near does what is learned come
 * to one who knows every customer, and is it better than rules of thumb. One line of JSON a seed, then the summary.
 *
 * `npm run bench -- rounds --customers 6000 --seeds 200` (about 2 CPU s a seed); `--ceiling` adds what could be done by one who
 * knew true effects as far as they follow from what a shop sees; `--uplift x` learns by that method of #uplift instead.
 */
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { tQuantile } from '#kernels/distributions.ts';
import { METHODS } from '#uplift/index.ts';
import { RIVALS, type RoundReport, runRounds, type Worth } from '../src/loop/rounds/index.ts';

const { values } = parseArgs({
  options: {
    customers: { type: 'string', default: '6000' },
    seeds: { type: 'string', default: '40' },
    first: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '8' },
    'budget-share': { type: 'string', default: '0.003' },
    ceiling: { type: 'boolean', default: false },
    uplift: { type: 'string' },
  },
});
const [customers, seeds, first, rounds] = [values.customers, values.seeds, values.first, values.rounds].map(Number);

interface Line {
  /** Profit for one unit of budget; what was spent beyond the budget counts as budget. */
  readonly learner: number;
  readonly carried: number;
  readonly oracle: number;
  readonly seen: number | null;
  readonly rivals: readonly number[];
  readonly measured: readonly [number, number, number] | null;
  readonly realised: number;
  readonly expected: number;
}

const perBudget = ({ profit, cost }: Worth, budget: number): number => profit / Math.max(budget, cost);
const lineOf = ({
  budget,
  learner,
  carried,
  oracle,
  seen,
  rivals,
  measured,
  realised,
  expected,
}: RoundReport): Line => ({
  learner: perBudget(learner, budget),
  carried: perBudget(carried, budget),
  oracle: perBudget(oracle, budget),
  seen: seen === null ? null : perBudget(seen, budget),
  rivals: RIVALS.map((rival) => perBudget(rivals[rival], budget)),
  measured: measured === null ? null : [measured.total, measured.low, measured.high],
  ...{ realised, expected },
});

console.log(`${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}`);
const began = process.cpuUsage();
const all: Line[][] = [];
for (let seed = first!; seed < first! + seeds!; seed++) {
  const reports = runRounds({
    ...{ seed, customers: customers!, rounds: rounds! },
    ...{ budgetShare: Number(values['budget-share']), ceiling: values.ceiling },
    ...(values.uplift === undefined ? {} : { uplift: METHODS.find((name) => name === values.uplift)! }),
  });
  all.push(reports.map(lineOf));
  console.log(JSON.stringify({ seed, rounds: all.at(-1) }));
}
const { user, system } = process.cpuUsage(began);

/** Mean over seeds with its 95 % interval. */
function spread(own: readonly number[]): string {
  const mean = own.reduce((a, b) => a + b, 0) / own.length;
  const variance = own.reduce((a, b) => a + (b - mean) ** 2, 0) / (own.length - 1);
  const half = own.length < 2 ? Number.NaN : tQuantile(0.975, own.length - 1) * Math.sqrt(variance / own.length);
  return `${mean.toFixed(3)} [${(mean - half).toFixed(3)}, ${(mean + half).toFixed(3)}]`;
}

for (let round = 0; round < rounds!; round++) {
  const own = all.map((line) => line[round]!);
  const sum = (of: (line: Line) => number) => own.reduce((a, line) => a + of(line), 0);
  const covered = (of: (line: Line) => number) =>
    sum(({ measured, ...line }) =>
      measured !== null && measured[1] <= of({ measured, ...line }) && of({ measured, ...line }) <= measured[2] ? 1 : 0,
    ) / sum(({ measured }) => (measured === null ? 0 : 1));
  console.log(
    [
      `round ${round + 1}`,
      `learner ${spread(own.map(({ learner }) => learner))} oracle ${spread(own.map(({ oracle }) => oracle))}`,
      `of the oracle's: learner ${(sum(({ learner }) => learner) / sum(({ oracle }) => oracle)).toFixed(3)}`,
      `carried out ${(sum(({ carried }) => carried) / sum(({ oracle }) => oracle)).toFixed(3)}`,
      ...(values.ceiling ? [`seen ${(sum(({ seen }) => seen ?? 0) / sum(({ oracle }) => oracle)).toFixed(3)}`] : []),
      ...RIVALS.map((rival, k) => `over ${rival} ${spread(own.map(({ learner, rivals }) => learner - rivals[k]!))}`),
      `coverage of realised ${covered(({ realised }) => realised).toFixed(3)}, of expected ${covered(({ expected }) => expected).toFixed(3)}`,
    ].join('; '),
  );
}
const measured = all.flat().filter((line) => line.measured !== null);
const within = (of: (line: Line) => number) =>
  measured.filter((line) => line.measured![1] <= of(line) && of(line) <= line.measured![2]).length;
console.log(
  `${customers} customers, ${all.length} seeds, ${measured.length} rounds: realised within the interval in ${within(({ realised }) => realised)}, expected in ${within(({ expected }) => expected)}; CPU ${((user + system) / 1e6 / all.length).toFixed(2)} s a seed`,
);
