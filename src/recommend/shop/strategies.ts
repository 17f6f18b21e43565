/** What a list is for, as data: which sources have a say, what is spread, what is pushed. One strategy a tier. */
import { z } from 'zod';
import { SOURCES, type SourceName } from './source-names.ts';

/** A number for each source; sources not named take the default. */
export type BySource = Readonly<Partial<Record<SourceName, number>>>;

export interface Strategy {
  /** Name that lists are logged with. */
  readonly key: string;
  /** Factor on the worth of what a source leads to; default 1; 0 leaves it out. */
  readonly weights: BySource;
  /** Share of the list kept for a source, as long as it has products; default 0; together at most 1. */
  readonly least: BySource;
  /** Share of the list that a source has at most, as long as there is something else; default 1. */
  readonly most: BySource;
  /** A product bought before is not shown until this share of its usual gap has gone by; 0: its chance alone says when. */
  readonly restShare: number;
  /** `none`: by worth alone; `mmr`: maximal marginal relevance; `dpp`: determinantal point process. */
  readonly diversity: 'none' | 'mmr' | 'dpp';
  /** Say of diversity against relevance, 0 to 1. */
  readonly diversityWeight: number;
  /** Say of the customer's own mix of categories, 0 to 5; 0: none. */
  readonly calibration: number;
  /** A product that went on sale today is worth 1 + this much; half of it after `freshHalfLifeDays`. */
  readonly freshBoost: number;
  readonly freshHalfLifeDays: number;
  /** 0: by chance alone; 1: by expected margin, where costs are known. */
  readonly marginWeight: number;
  /** At most so many products of one category path, as long as there is something else. */
  readonly perCategoryMax: number;
}

const PLAIN: Strategy = {
  key: 'relevance',
  ...{ weights: {}, least: {}, most: {}, restShare: 0 },
  ...{ diversity: 'none', diversityWeight: 0, calibration: 0 },
  ...{ freshBoost: 0, freshHalfLifeDays: 14, marginWeight: 0, perCategoryMax: 50 },
};

/**
 * The shipped strategies: `relevance` is chance alone; `replenishment` puts what is due first; `balanced` keeps a sixth
 * for what is new to the customer; `discovery` keeps two thirds for it; `profit` is balanced, with a say for margin.
 */
export const SHIPPED: Readonly<Record<string, Strategy>> = {
  relevance: PLAIN,
  replenishment: {
    ...{ ...PLAIN, key: 'replenishment' },
    ...{ diversity: 'dpp', diversityWeight: 0.02, perCategoryMax: 4 },
  },
  balanced: {
    ...{ ...PLAIN, key: 'balanced', most: { repeat: 0.84 } },
    ...{ diversity: 'dpp', diversityWeight: 0.05, freshBoost: 0.2, perCategoryMax: 3 },
  },
  discovery: {
    ...{ ...PLAIN, key: 'discovery', least: { 'new-arrivals': 0.09 }, most: { repeat: 0.34 }, restShare: 0.2 },
    ...{ diversity: 'mmr', diversityWeight: 0.2, freshBoost: 0.5, perCategoryMax: 2 },
  },
  profit: {
    ...{ ...PLAIN, key: 'profit', most: { repeat: 0.84 } },
    ...{ diversity: 'dpp', diversityWeight: 0.05, marginWeight: 0.3, perCategoryMax: 3 },
  },
};

/** Strategies of a shop. */
export interface StrategyBook {
  readonly default: Strategy;
  /** By tier key. */
  readonly tiers: Readonly<Record<string, Strategy>>;
  /** Of customers that have not bought yet. Absent: as all others. */
  readonly newcomers?: Strategy;
}

/** Balanced lists for all, discovery for who has not bought yet; replenishment is for a mapping to say. */
export const STRATEGIES: StrategyBook = { default: SHIPPED.balanced!, tiers: {}, newcomers: SHIPPED.discovery! };

const part = z.number().min(0).max(1);
const bySource = (most: number) => z.partialRecord(z.enum(SOURCES), z.number().min(0).max(most));
const OWN = z.strictObject({
  like: z.enum(Object.keys(SHIPPED) as [string, ...string[]]).optional(),
  weights: bySource(100).optional(),
  least: bySource(1).optional(),
  most: bySource(1).optional(),
  restShare: part.optional(),
  diversity: z.enum(['none', 'mmr', 'dpp']).optional(),
  diversityWeight: part.optional(),
  calibration: z.number().min(0).max(5).optional(),
  freshBoost: z.number().min(0).max(10).optional(),
  freshHalfLifeDays: z.number().min(1).max(365).optional(),
  marginWeight: part.optional(),
  perCategoryMax: z.int().min(1).max(50).optional(),
});

const named = z.union([z.enum(Object.keys(SHIPPED) as [string, ...string[]]), OWN], {
  error: (issue) =>
    typeof issue.input === 'string' || typeof issue.input !== 'object'
      ? `expected one of ${Object.keys(SHIPPED).join(', ')}, or { like: one of them, ... }`
      : undefined,
});

/** `recommend.strategies` of a mapping. */
export const STRATEGIES_SHAPE = z.strictObject({
  default: named.optional(),
  tiers: z.record(z.string(), named).default({}),
  newcomers: named.optional(),
});

type Said = z.infer<typeof named>;

function strategyOf(said: Said, key: string): Strategy {
  if (typeof said === 'string') return SHIPPED[said]!;
  const { like = 'balanced', ...own } = said;
  const base = SHIPPED[like]!;
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return Object.keys(given).length === 0 ? base : { ...base, ...given, key };
}

/** The book as it was said, with shipped ones for the rest. A strategy of one's own is called after its tier. */
export function bookOf({ default: all, tiers, newcomers }: z.infer<typeof STRATEGIES_SHAPE>): StrategyBook {
  const usual = all === undefined ? STRATEGIES.default : strategyOf(all, 'default');
  return {
    default: usual,
    tiers: Object.fromEntries(Object.entries(tiers).map(([tier, said]) => [tier, strategyOf(said, tier)])),
    ...(newcomers !== undefined
      ? { newcomers: strategyOf(newcomers, 'newcomers') }
      : all === undefined
        ? { newcomers: STRATEGIES.newcomers! }
        : {}),
  };
}

/** Every strategy of the book once, the default first. */
export function strategiesIn({ default: usual, tiers, newcomers }: StrategyBook): readonly Strategy[] {
  const all = [usual, ...Object.values(tiers), ...(newcomers === undefined ? [] : [newcomers])];
  return all.filter((one, i) => all.findIndex(({ key }) => key === one.key) === i);
}

/** The strategy of customers of a tier that have bought; null: no tier. */
export const strategyFor = ({ default: usual, tiers }: StrategyBook, tier: string | null): Strategy =>
  tier !== null && Object.hasOwn(tiers, tier) ? tiers[tier]! : usual;
