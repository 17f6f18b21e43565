/** An experiment as it is kept: what was planned, in which state it is, and who changed what. */
import { z } from 'zod';
import { known } from '#errors.ts';
import { CORRECTIONS } from '../analyse.ts';
import { parseGuardrail } from '../guardrails.ts';
import { COVARIATES, OUTCOMES, SLICES } from '../lake/outcomes.ts';
import { type MetricSpec, parseMetric } from '../metric-spec.ts';

export const STATUSES = ['draft', 'running', 'stopped', 'decided'] as const;
export type Status = (typeof STATUSES)[number];
export const UNITS = ['customer', 'cluster', 'switchback'] as const;

const name = z.string().trim().min(1).max(120);
const share = z.number().gt(0).max(1);

/** What a person plans; everything else follows. */
export const PlanSchema = z.strictObject({
  name,
  hypothesis: z.string().max(2000).default(''),
  arms: z
    .array(z.strictObject({ name: z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} _.-]{0,39}$/u), share }))
    .min(2)
    .max(20)
    .describe('the first is control'),
  unit: z
    .enum(UNITS)
    .default('customer')
    .describe('who is drawn: a customer; a cluster such as a city; a place in a slot of time'),
  slotMinutes: z.int().min(1).max(100_000).optional().describe('of a switchback: length of a slot'),
  metrics: z.array(z.string().max(100)).min(1).max(20).describe('the first decides'),
  guardrails: z.array(z.string().max(120)).max(20).default([]).describe('METRIC:down:SHARE or METRIC:up:SHARE'),
  covariates: z.array(z.enum(COVARIATES)).max(COVARIATES.length).default([]),
  learner: z.enum(['linear', 'boosting', 'forest']).optional().describe('forecasts from the covariates (CUPAC)'),
  by: z.array(z.enum(SLICES)).max(SLICES.length).default([]),
  alpha: z.number().min(0.001).max(0.2).default(0.05),
  sequential: z.boolean().default(true),
  correction: z.enum(CORRECTIONS).default('holm'),
  inverse: z.boolean().default(false),
  windowDays: z.int().min(1).max(365).default(28).describe('outcomes are counted so long after the first exposure'),
  plannedMembers: z.int().min(2).max(1e9).optional(),
  plannedDays: z.int().min(1).max(1000).optional(),
  layer: z
    .strictObject({ name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/), share })
    .optional()
    .describe('experiments of one layer never share a customer'),
});
export type ExperimentPlan = z.infer<typeof PlanSchema>;

export const DecisionSchema = z.strictObject({
  verdict: z.enum(['ship', 'stop']),
  arm: z.string().max(40).optional().describe('to ship'),
  note: z.string().max(2000).default(''),
});

const moment = z.int().min(0);

export const ChangeSchema = z.strictObject({
  at: moment,
  actor: z.string(),
  action: z.enum(['created', 'edited', 'started', 'stopped', 'decided']),
  note: z.string(),
});

export const ExperimentSchema = z.strictObject({
  id: z.string(),
  /** Grows by one with each change; a change must name the one it saw. */
  revision: z.int().min(1),
  owner: z.string(),
  salt: z.string(),
  status: z.enum(STATUSES),
  plan: PlanSchema,
  /** Part of the layer, from 0 to 1, given at the start. */
  slot: z.strictObject({ from: z.number(), to: z.number() }).nullable(),
  createdAt: moment,
  startedAt: moment.nullable(),
  endedAt: moment.nullable(),
  decision: z
    .strictObject({ ...DecisionSchema.shape, actor: z.string(), at: moment, asMeasured: z.string() })
    .nullable(),
  /** Append-only. */
  log: z.array(ChangeSchema).min(1),
});
export type Experiment = z.infer<typeof ExperimentSchema>;

const OUTCOME_KEYS: ReadonlySet<string> = new Set(OUTCOMES.map(({ key }) => key));

/**
 * Checks what the shape cannot say.
 *
 * @throws EXPERIMENT_BAD for shares above 1, equal names, metrics that the lake does not have
 */
export function checkedPlan(plan: ExperimentPlan): ExperimentPlan {
  const refuse = (what: string, expected: string): never => {
    throw known('EXPERIMENT_BAD', { what, expected });
  };
  const total = plan.arms.reduce((sum, arm) => sum + arm.share, 0);
  if (total > 1 + 1e-9)
    refuse(`shares that add up to ${Number(total.toPrecision(6))}`, '1 at most; the rest takes no part');
  if (new Set(plan.arms.map((arm) => arm.name)).size < plan.arms.length)
    refuse('two arms of one name', 'different names');
  if ((plan.unit === 'switchback') !== (plan.slotMinutes !== undefined))
    refuse(
      `unit ${plan.unit} ${plan.slotMinutes === undefined ? 'without' : 'with'} slotMinutes`,
      'slotMinutes with switchback, and only there',
    );
  const metrics = [...plan.metrics.map(parseMetric), ...plan.guardrails.map((text) => parseGuardrail(text).metric)];
  for (const { name: own, column, denominator, answer } of metrics)
    for (const part of [column, ...(denominator === undefined ? [] : [denominator])])
      if (answer !== undefined || !OUTCOME_KEYS.has(part))
        refuse(
          `the metric ${own}`,
          `one of ${[...OUTCOME_KEYS].join(', ')}, a ratio of two of them, or median: or p90: of one`,
        );
  return plan;
}

export const metricsOf = ({ metrics }: ExperimentPlan): [MetricSpec, ...MetricSpec[]] => {
  const [first, ...rest] = metrics.map(parseMetric);
  return [first!, ...rest];
};

/** Which statuses an action leads from. */
const FROM = {
  edited: ['draft'],
  started: ['draft'],
  stopped: ['running'],
  decided: ['running', 'stopped'],
} as const satisfies Record<Exclude<Experiment['log'][number]['action'], 'created'>, readonly Status[]>;

export interface Act {
  readonly actor: string;
  readonly at: number;
  readonly note?: string;
}

/**
 * The experiment after an action, one revision on.
 *
 * @throws EXPERIMENT_STATE where its status does not allow it
 */
export function changed(
  before: Experiment,
  action: keyof typeof FROM,
  { actor, at, note = '' }: Act,
  change: Partial<Omit<Experiment, 'id' | 'revision' | 'log' | 'salt' | 'createdAt'>>,
): Experiment {
  if (!(FROM[action] as readonly Status[]).includes(before.status))
    throw known('EXPERIMENT_STATE', { id: before.id, status: before.status, action, from: FROM[action].join(' or ') });
  // a clock that was set back never makes the log run backwards
  const moment_ = Math.max(at, before.log.at(-1)!.at);
  return {
    ...before,
    ...change,
    revision: before.revision + 1,
    log: [...before.log, { at: moment_, actor, action, note }],
  };
}
