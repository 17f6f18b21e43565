/** Tiers of all customers, their history, and what the next period should bring. */
import type { Compute } from '#engines/index.ts';
import type { Shop } from '#events/index.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';
import { openValueDays, type ValueDays } from '#value/index.ts';
import { moves } from './assign.ts';
import { tiersBy } from './cuts.ts';
import { writeHistory } from './history.ts';
import { inputsOf, OWN_INPUTS } from './inputs.ts';
import { DEFAULT_POLICY, type Policy } from './policy.ts';
import { type FeatureWords, learnedReasons, type Reason, type ReasonsOptions, valueReasons } from './reasons.ts';
import { relativeTo, rowsOf, type Yardstick } from './relative.ts';
import { type Moment, movesOf, replay } from './replay.ts';
import { type Learned, learnTiers, type TierEvaluation } from './supervise.ts';
import { foretell, type TierModel } from './train.ts';

export interface MakeTiersOptions {
  /** Epoch ms. */
  readonly asOf: number;
  readonly timeZone: string;
  readonly shop: Shop;
  /** Default: bronze, silver, gold, diamond at 50, 30, 15 and 5 % of customers. */
  readonly policy?: Policy;
  readonly horizonDays: number;
  readonly seed: number;
  /** Makes a table `into` (customer_id and number columns) of features as of a moment. */
  readonly features: (asOf: number, into: string) => Promise<unknown>;
  /** What the features are called, for reasons; the definitions themselves will do. */
  readonly words?: readonly FeatureWords[];
  /** Told after each of some ten steps: how far it is, 0 to 1. */
  readonly progress?: (share: number, step: string) => void;
}

export interface TierReport {
  readonly asOf: number;
  readonly horizonDays: number;
  readonly policy: Policy;
  /** Value above which each tier but the lowest begins now, minor units. */
  readonly cutsMinor: readonly number[];
  readonly tiers: readonly { readonly tier: string; readonly customers: number; readonly valueMinor: number }[];
  /** Moments of the history, oldest first. */
  readonly dates: readonly number[];
  /** Share of customers known at both dates who kept their tier, a pair of neighbouring dates each. */
  readonly stability: readonly {
    readonly from: number;
    readonly to: number;
    readonly kept: number;
    readonly customers: number;
  }[];
  readonly moves: number;
  readonly evaluation: TierEvaluation;
  /** What foretells the next tier, as plain data; absent where nothing was learned. */
  readonly model?: SavedTierModel;
}

/** A tier model with what it takes to ask it: where features lay at `asOf`, and the scores that part tiers. */
export interface SavedTierModel extends TierModel {
  readonly yardsticks: readonly Yardstick[];
  /** [tiers - 1] scores above which each tier but the lowest is foretold. */
  readonly cuts: readonly number[];
}

const CHUNK = 20_000;
const FEATURES = 'tiers_tmp_features';

/**
 * Makes `customer_tiers`, `tier_history` and `tier_moves`.
 *
 * The policy is applied to values as of up to five moments, half a horizon apart, the last one `asOf`; each assignment
 * remembers the one before, so hysteresis and dwell time work. The foretold tier of the next horizon comes from the
 * candidates that were best on customers held out, trained on the last full period, see `learnTiers`; where history is
 * too short for it the present tier stands in and the report says so.
 */
export async function makeTiers(compute: Compute, options: MakeTiersOptions): Promise<TierReport> {
  const policy = options.policy ?? DEFAULT_POLICY;
  const days = await openValueDays(compute, options, 'tiers_tmp_days');
  try {
    const history = await replay(compute, days, { ...options, policy });
    const now = history.at(-1)!;
    const learned = await learnTiers(compute, {
      ...options,
      policy,
      days,
      history,
      makeFeatures: options.features,
      scratch: FEATURES,
    });
    options.progress?.(0.8, 'foretell');
    const words = [...(options.words ?? []), ...OWN_INPUTS];
    await writeTiers(compute, now, learned, { ...options, policy, words, days, scratch: FEATURES });
    await writeHistory(compute, days, history, { policy, horizonDays: options.horizonDays });
    options.progress?.(1, 'tiers');
    return reportOf(history, policy, learned, { ...options, words });
  } finally {
    await compute.run(`drop table if exists ${FEATURES}`);
    await days.close();
  }
}

interface Context extends ReasonsOptions {
  readonly days: ValueDays;
  readonly scratch: string;
}

/** Writes `customer_tiers` in chunks, so that reasons of a million customers are never all in memory. */
async function writeTiers(compute: Compute, now: Moment, learned: Learned, context: Context): Promise<void> {
  const { assignment } = now;
  await compute.run(
    `create or replace table customer_tiers (customer_id varchar, tier varchar, tier_index integer, value_minor bigint, since_at bigint,
       previous_tier varchar, predicted_tier varchar, predicted_probability double, probabilities double[], reasons varchar)`,
  );
  const { policy } = context;
  const chanceColumns = policy.tiers.map((_, k) => `p${k}`);
  const say = valueReasons(context);
  for (let from = 0; from < assignment.customers.length; from += CHUNK) {
    const rows = Array.from({ length: Math.min(CHUNK, assignment.customers.length - from) }, (_, i) => from + i);
    const { tier, chances, reasons } = await predictedOf(compute, now, rows, learned, context);
    const key = (index: number) => (index < 0 ? null : policy.tiers[index]!.key);
    await compute.load(
      'tiers_tmp_chunk',
      table({
        customer_id: texts(rows.map((i) => assignment.customers[i]!)),
        tier: texts(rows.map((i) => key(assignment.tierIndex[i]!))),
        tier_index: numbers(rows.map((i) => assignment.tierIndex[i]!)),
        value_minor: numbers(rows.map((i) => assignment.valueMinor[i]!)),
        since_at: numbers(rows.map((i) => assignment.sinceAt[i]!)),
        previous_tier: texts(rows.map((i) => key(assignment.previousIndex[i]!))),
        predicted_tier: texts(Array.from(tier, key)),
        predicted_probability: numbers(Array.from(tier, (k, j) => chances[j * policy.tiers.length + k]!)),
        reasons: texts(rows.map((i, j) => JSON.stringify([...say(assignment, i), ...(reasons[j] ?? [])]))),
        ...Object.fromEntries(
          chanceColumns.map((name, k) => [name, numbers(rows.map((_, j) => chances[j * policy.tiers.length + k]!))]),
        ),
      }),
    );
    await compute.run(
      `insert into customer_tiers select customer_id, tier, tier_index::integer, value_minor::bigint, since_at::bigint, previous_tier,
         predicted_tier, predicted_probability, [${chanceColumns.join(', ')}], reasons from tiers_tmp_chunk`,
    );
  }
  await compute.run('drop table if exists tiers_tmp_chunk');
}

interface Predicted {
  readonly tier: Int32Array;
  /** [rows x tiers] */
  readonly chances: Float64Array;
  readonly reasons: readonly Reason[][];
}

/** Foretold tiers of some customers; the present ones, for certain, where nothing could be learned. */
async function predictedOf(
  compute: Compute,
  now: Moment,
  rows: readonly number[],
  learned: Learned,
  context: Context,
): Promise<Predicted> {
  const { assignment } = now;
  const tierCount = context.policy.tiers.length;
  if (learned.model === undefined) {
    const tier = Int32Array.from(rows, (i) => assignment.tierIndex[i]!);
    const chances = new Float64Array(rows.length * tierCount);
    for (const [j, k] of tier.entries()) chances[j * tierCount + k] = 1;
    return { tier, chances, reasons: [] };
  }
  const raw = await rawOf(
    compute,
    now,
    rows.map((i) => assignment.customers[i]!),
    learned,
    context,
  );
  const relative = relativeTo(learned.yardsticks, raw);
  const { chances, score } = foretell(learned.model, relative);
  const explain = learnedReasons(learned.model, learned.yardsticks, context);
  return { tier: tiersBy(score, learned.cuts), chances, reasons: explain(raw, relative) };
}

async function rawOf(
  compute: Compute,
  now: Moment,
  ids: readonly string[],
  { read }: Learned,
  context: Context,
): Promise<Table> {
  if (read.ids.length < now.assignment.customers.length) return inputsOf(compute, context, now, ids);
  const row = new Map(read.ids.map((id, i) => [id, i]));
  return rowsOf(
    read.inputs,
    Int32Array.from(ids, (id) => row.get(id)!),
  );
}

function reportOf(history: readonly Moment[], policy: Policy, learned: Learned, options: MakeTiersOptions): TierReport {
  const { model, yardsticks, cuts, evaluation } = learned;
  const aboutOf = (feature: string) => {
    const word = options.words?.find(({ name }) => name === feature);
    return word === undefined ? {} : { about: { en: word.about.en, zh: word.about.zh } };
  };
  const { assignment } = history.at(-1)!;
  const sums = policy.tiers.map(({ key }) => ({ tier: key, customers: 0, valueMinor: 0 }));
  for (const [i, k] of assignment.tierIndex.entries()) {
    sums[k]!.customers += 1;
    sums[k]!.valueMinor += assignment.valueMinor[i]!;
  }
  const stability = history.slice(1).map(({ assignment: after, at }, i) => {
    const before = history[i]!.assignment;
    const known = new Set(after.customers);
    const customers = before.customers.filter((id) => known.has(id)).length;
    return {
      from: before.at,
      to: at,
      customers,
      kept: customers === 0 ? 1 : 1 - moves(before, after).length / customers,
    };
  });
  return {
    asOf: options.asOf,
    horizonDays: options.horizonDays,
    policy,
    cutsMinor: Array.from(assignment.cuts),
    tiers: sums,
    dates: history.map(({ at }) => at),
    stability,
    moves: movesOf(history).length,
    evaluation: { ...evaluation, weights: evaluation.weights.map((own) => ({ ...own, ...aboutOf(own.feature) })) },
    ...(model === undefined ? {} : { model: { ...model, yardsticks, cuts: Array.from(cuts) } }),
  };
}
