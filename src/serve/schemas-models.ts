/** Requests and replies about the models in use. */
import { z } from 'zod';
import { count, moment } from './parameters.ts';

export const MODEL_NAMES = ['tiers', 'value'] as const;

const both = z.object({ en: z.string(), zh: z.string() });
const spread = z
  .object({ mean: z.number(), sd: z.number(), folds: z.array(z.number()) })
  .describe('over folds of customers');
const interval = z.object({ low: z.number(), high: z.number() });

export const ModelSummary = z.object({
  name: z.enum(MODEL_NAMES),
  version: z.string().describe('a hash of the model and its card'),
  source: z.string(),
  learner: z.string().nullable().describe('what was chosen, or null where nothing was learned'),
  learnedFrom: moment.nullable().describe('null: all of the data before learnedTo'),
  learnedTo: moment.nullable(),
  judged: z
    .object({ customers: count, from: moment.nullable(), until: moment.nullable() })
    .nullable()
    .describe('on whom and on which later period'),
  fallback: both.nullable().describe('why nothing was learned, where nothing was'),
});
export const ModelsReply = z.object({ asOf: moment, models: z.array(ModelSummary) });
export const ModelParams = z.object({ name: z.string().min(1).max(100) });

const candidate = z.object({
  name: z.string(),
  family: z.string(),
  of: z.array(z.string()).describe('members with equal weights'),
  kappa: spread,
  gini: spread,
  macroF1: spread,
  fits: count.describe('models fitted for these figures'),
});
const choice = z.object({
  metric: z.string(),
  tieBreaker: z.string(),
  rows: count.describe('customers that the choice was made on'),
  folds: count,
  candidates: z.array(candidate).describe('by falling kappa'),
  chosen: z.string(),
  weights: z.array(z.object({ name: z.string(), weight: z.number() })),
  equals: z.array(z.string()).describe('as good as the best within the tolerance'),
  tolerance: z.number(),
});
const curve = z.object({
  metric: z.string(),
  points: z.array(z.object({ share: z.number(), rows: count, train: spread, validation: spread })),
  warning: z
    .object({ lost: z.number(), lostAtLeast: z.number(), isRising: z.boolean() })
    .nullable()
    .default(null)
    .describe('there where much of the gain in training is lost on other customers'),
});
const METRICS = ['accuracy', 'macroRecall', 'macroF1', 'kappa', 'gini'] as const;
const metrics = z.enum(METRICS);
export const ModelTiers = z.object({
  trainedCustomers: count.nullable(),
  features: count.nullable(),
  choice: choice.nullable(),
  curve: curve.nullable(),
  methods: z
    .array(z.object({ method: z.string(), metrics: z.record(metrics, spread), intervals: z.record(metrics, interval) }))
    .nullable()
    .describe('the learned tiers and simple rules on the judged period'),
  differences: z
    .array(
      z.object({
        method: z.string(),
        against: z.string(),
        metrics: z.record(metrics, z.object({ difference: z.number(), low: z.number(), high: z.number() })),
      }),
    )
    .nullable()
    .describe('the learned tiers less each rule, on the same customers'),
  confusion: z.array(z.array(count)).nullable().describe('[actual][foretold] customers, lowest tier first'),
  calibrationGap: z.number().nullable(),
  calibration: z
    .array(z.array(z.object({ weight: z.number(), told: z.number(), happened: z.number() })))
    .nullable()
    .describe('by tier, lowest first: customers, mean chance told and share to whom it came'),
  weights: z
    .array(
      z.object({
        feature: z.string(),
        weight: z.number(),
        share: z.number(),
        direction: z.int(),
        about: both.nullable().default(null),
      }),
    )
    .nullable()
    .describe('what the model goes by, the strongest first'),
});
export const ModelReply = ModelSummary.extend({
  horizonDays: z.number(),
  tiers: ModelTiers.nullable(),
  metrics: z.record(z.string(), z.number()).nullable().describe('of value: money in minor units'),
  deciles: z
    .array(z.object({ customers: count, foretold: z.number(), actual: z.number(), low: z.number(), high: z.number() }))
    .nullable()
    .describe(
      'of value: tenths of customers by foretold spend, lowest first; means in minor units with a 95 % interval',
    ),
});
