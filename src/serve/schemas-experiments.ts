/** What the routes of experiments and holdouts take and answer. */
import { z } from 'zod';
import {
  COVARIATES,
  DecisionSchema,
  ExperimentSchema,
  PlanSchema,
  SLICES,
  STATUSES,
  VERDICTS,
  WHY_NO_ARM,
} from '#experiments/index.ts';

const actor = z.string().trim().min(1).max(200).describe('who does it');
const note = z.string().max(2000).default('');
const revision = z.int().min(0).describe('the revision that was seen');
const number = z.number().nullable();
const range = z.tuple([z.number(), z.number()]).readonly().nullable();
const count = z.int().min(0);
const words = z.object({ en: z.string(), zh: z.string() });

export const ExperimentParams = z.object({ id: z.string().min(1).max(200) });

const Arm = z.object({
  arm: z.string(),
  n: count,
  missing: count.describe('members without an outcome'),
  clusters: count.optional(),
  mean: z.number(),
  standardDeviation: z.number(),
  lift: number.describe('relative difference to control'),
  interval: range,
  difference: number,
  differenceInterval: range,
  standardError: number,
  pValue: number,
  chanceToWin: number,
  risk: number,
  why: z.string().optional().describe('why nothing can be said'),
});
const Covariate = z.object({ theta: z.number(), varianceReduction: z.number() }).nullable();

export const ReportReply = z
  .object({
    control: z.string(),
    members: count,
    metric: z.enum(['mean', 'proportion', 'ratio', 'quantile']),
    alpha: z.number(),
    test: z.enum(['fixed', 'sequential']),
    correction: z.string(),
    covariate: Covariate,
    winsorized: z.object({ at: z.number(), values: count }).nullable(),
    arms: z.array(Arm).readonly(),
    srm: z.object({
      chiSquare: z.number(),
      pValue: z.number(),
      ok: z.boolean(),
      expected: z.array(z.number()).readonly(),
      members: z.record(z.string(), count),
    }),
    missing: z.object({ share: z.number(), pValue: z.number(), ok: z.boolean() }),
    readable: z.boolean().describe('false: the draw was not sound; read nothing'),
    rows: z.object({
      read: count,
      withoutArm: count,
      notNumbers: count,
      withoutTime: count.optional(),
    }),
    contaminated: count.describe('units seen in several arms, left out'),
    metrics: z
      .array(z.object({ name: z.string(), metric: z.string(), covariate: Covariate, arms: z.array(Arm).readonly() }))
      .readonly(),
    guardrails: z
      .array(
        z.object({
          name: z.string(),
          harm: z.enum(['down', 'up']),
          threshold: z.number(),
          arms: z
            .array(
              z.object({
                arm: z.string(),
                lift: number,
                state: z.enum(['harmed', 'safe', 'unsure']),
                pValue: number,
                worst: number,
                best: number,
              }),
            )
            .readonly(),
        }),
      )
      .readonly(),
    sliced: z
      .array(
        z.object({
          column: z.string(),
          slices: z.array(z.object({ value: z.string(), members: count, arms: z.array(Arm).readonly() })).readonly(),
          interaction: z.array(z.object({ arm: z.string(), pValue: number })).readonly(),
        }),
      )
      .readonly()
      .optional(),
    overTime: z
      .object({
        days: z
          .array(
            z.object({
              day: z.int().describe('days since 1970-01-01'),
              members: count,
              arms: z
                .array(
                  z.object({
                    arm: z.string(),
                    n: count,
                    mean: z.number(),
                    difference: number,
                    differenceInterval: range,
                    lift: number,
                    pValue: number,
                  }),
                )
                .readonly(),
            }),
          )
          .readonly(),
        novelty: z
          .array(z.object({ arm: z.string(), early: z.number(), late: z.number(), pValue: z.number() }))
          .readonly()
          .nullable(),
      })
      .optional(),
    verdict: z.object({
      verdict: z.enum(VERDICTS),
      arm: z.string().nullable(),
      reasons: z.array(z.object({ code: z.string(), ...words.shape })).readonly(),
    }),
    winner: z.string().nullable(),
  })
  .describe('what an experiment shows; money in minor units');

const PastArm = z.object({ name: z.string(), members: count, share: number });

export const ExperimentRow = z.object({
  id: z.string(),
  source: z.enum(['kept', 'campaign']).describe('campaign: a past campaign that drew its arms'),
  name: z.string(),
  status: z.enum(STATUSES),
  owner: z.string().nullable(),
  startedAt: z.int().nullable(),
  endedAt: z.int().nullable(),
  days: count.nullable(),
  members: count,
  measured: count.describe('of them, those whose time lies within the data of the last run'),
  arms: z.array(PastArm),
  primaryMetric: z.string(),
});

export const ExperimentsReply = z.object({
  rows: z.array(ExperimentRow),
  outcomes: z.array(z.object({ key: z.string(), ...words.shape, available: z.boolean() })),
  covariates: z.array(z.enum(COVARIATES)),
  slices: z.array(z.enum(SLICES)),
  surveys: z.boolean().describe('false: the shop has no answers of surveys, so no NPS and CSAT'),
});

export const ExperimentReply = z.object({
  row: ExperimentRow,
  experiment: ExperimentSchema.nullable().describe('null: a past campaign'),
  metrics: z.array(z.string()),
  guardrails: z.array(z.string()),
  covariates: z.array(z.string()),
  traffic: z.array(z.object({ arm: z.string(), units: count, first: z.int(), last: z.int() })),
});

export const CreateExperimentBody = z.strictObject({ plan: PlanSchema, actor, note });
export const EditExperimentBody = z.strictObject({ plan: PlanSchema, actor, revision, note });
export const ActBody = z.strictObject({ actor, revision, note });
export const DecisionBody = z.strictObject({ ...DecisionSchema.shape, actor, revision });
export const KeptReply = ExperimentSchema;

export const ArmQuery = z.strictObject({
  customer: z.string().min(1).max(200).describe('the customer, or the cluster or place that is drawn'),
  expose: z
    .enum(['true', 'false'])
    .default('false')
    .describe('true: this is the first time that it is shown; recorded once'),
});
export const ArmReply = z.object({
  experimentId: z.string(),
  unit: z.string(),
  arm: z.string().nullable(),
  why: z.enum(WHY_NO_ARM).nullable(),
  source: z.enum(['draw', 'recorded', 'decided']).nullable(),
  exposedAt: z.int().nullable(),
  event: z
    .object({
      type: z.literal('track'),
      event: z.literal('Experiment Viewed'),
      properties: z.object({
        experiment_id: z.string(),
        experiment_name: z.string(),
        variation_id: z.string(),
        variation_name: z.string(),
      }),
    })
    .nullable()
    .describe('to be sent where exposures are also wanted as events, in the names of Segment'),
});

const positive = z.number().gt(0);
export const PlanBody = z.strictObject({
  baseline: z.number().describe('mean without treatment; a share of members unless sd is given'),
  effect: z.number().optional().describe('difference to be seen'),
  relative: z.boolean().optional().describe('effect is a share of the baseline'),
  sd: positive.optional(),
  power: z.number().optional(),
  alpha: z.number().optional(),
  ratio: positive.optional().describe('treated members of an arm a member of control'),
  arms: z.int().min(1).max(50).optional(),
  daily: positive.optional(),
  cuped: z.number().min(0).max(0.99).optional(),
  clusterSize: z.number().min(1).optional(),
  icc: z.number().min(0).max(1).optional(),
  members: positive.optional().describe('members that there are: asks for the least effect that they can see'),
});
const Size = z.object({ control: count, treated: count, members: count, days: count.nullable() });
export const PlanReply = z.object({
  effect: z.number(),
  relativeEffect: number,
  alpha: z.number(),
  power: z.number(),
  designEffect: z.number(),
  fixed: Size,
  sequential: Size,
  curve: z.array(z.object({ effect: z.number(), members: count })).readonly(),
});

const column = z.string().min(1).max(200);
export const AnalysisBody = z.strictObject({
  csv: z.string().min(1).max(950_000).describe('a table as CSV with a header; larger ones by the command `experiment`'),
  arm: column,
  control: column,
  metrics: z.array(z.string().min(1).max(200)).min(1).max(20),
  guardrails: z.array(z.string().min(1).max(220)).max(20).default([]),
  covariates: z.array(column).max(50).default([]),
  learner: z.enum(['linear', 'boosting', 'forest']).optional(),
  unit: column.optional(),
  cluster: column.optional(),
  time: column.optional(),
  by: z.array(column).max(10).default([]),
  shares: z.record(column, z.number().min(0)).optional(),
  alpha: z.number().min(0.0001).max(0.4).default(0.05),
  sequential: z.boolean().default(false),
  winsorize: z.number().gt(0.5).lt(1).optional(),
  inverse: z.boolean().default(false),
  plannedMembers: z.int().min(1).optional(),
});

const Drift = z.object({
  held: count,
  rest: count,
  byTier: z.array(z.object({ tier: z.string(), held: count, rest: count })).readonly(),
  psi: z.number(),
  pValue: z.number(),
  level: z.enum(['none', 'warning']),
});
export const HoldoutsReply = z.object({
  global: z.object({
    revision: count,
    share: z.number(),
    since: z.int().nullable(),
    log: z.array(z.object({ at: z.int(), actor: z.string(), share: z.number(), note: z.string() })),
    drift: Drift,
    contaminated: count.describe('held out, and in a treated arm of a campaign since'),
  }),
  campaigns: z.array(
    z.object({
      campaignId: z.string(),
      name: z.string(),
      share: number,
      startedAt: z.int(),
      endedAt: z.int(),
      contaminated: count.describe('held out, and used the coupon all the same'),
      drift: Drift,
    }),
  ),
});
export const HoldoutBody = z.strictObject({ share: z.number().min(0).max(0.5), actor, revision, note });
