/**
 * Tiers learned by stochastic gradient descent: 10,000 customers of ten features, half to learn from and half to judge,
 * 1,000 steps at a rate of 0.01.
 */
import { confusion, tierMetrics } from '#kernels/metrics.ts';
import { random } from '#kernels/random.ts';
import { likeliest, logistic } from '#learners/index.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';

const TIERS = ['1 base', '2 silver', '3 gold', '4 diamond'];
const CUSTOMERS = 10_000;

/** A customer's worth is a sum over the features and some chance; the best twentieth is diamond, the next 15 % gold ... */
const draw = random(42);
const features = Array.from({ length: 10 }, () => Float64Array.from({ length: CUSTOMERS }, () => draw.normal()));
const slopes = features.map(() => draw.normal());
const worth = Float64Array.from({ length: CUSTOMERS }, (_, i) =>
  features.reduce((sum, column, j) => sum + slopes[j]! * column[i]!, 0.5 * draw.normal()),
);
const sorted = worth.toSorted();
const cuts = [0.5, 0.8, 0.95].map((share) => sorted[Math.floor(share * CUSTOMERS)]!);
const tierOf = (value: number): number => cuts.filter((cut) => value >= cut).length;

const half = (from: number, to: number): Table =>
  table({
    ...Object.fromEntries(features.map((column, j) => [`feature ${j + 1}`, numbers(column.slice(from, to))])),
    tier: texts(Array.from(worth.subarray(from, to), (value) => TIERS[tierOf(value)])),
  });
const [train, test] = [half(0, CUSTOMERS / 2), half(CUSTOMERS / 2, CUSTOMERS)];

// Balanced weights: a miss of the few diamonds counts as much as one of the many base customers.
const steps = { optimizer: 'sgd', learningRate: 0.01, iterations: 1000, batch: 32 } as const;
const params = { ...logistic.defaults, ...steps, label: 'tier', classWeights: 'balanced' } as const;
const model = await logistic.fit(train, params, 1);
const told = likeliest(logistic.predict(model, test), TIERS.length);
const actual = Array.from(worth.subarray(CUSTOMERS / 2), tierOf);
const { accuracy, macroRecall, macroF1 } = tierMetrics(confusion(actual, told, TIERS.length), TIERS.length);
console.log(`accuracy ${accuracy.toFixed(4)}`);
console.log(`macro recall ${macroRecall.toFixed(4)}`);
console.log(`F1 ${macroF1.toFixed(4)}`);
