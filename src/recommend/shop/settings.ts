/** What a shop says about its recommendations: the `recommend` key of its mapping. */
import { z } from 'zod';
import { known } from '#errors.ts';
import type { RecommendRules } from './rules.ts';
import { bookOf, STRATEGIES, STRATEGIES_SHAPE, type StrategyBook } from './strategies.ts';

export interface RecommendSettings {
  /** Length of a customer's list. */
  readonly perCustomer: number;
  readonly rules: Pick<RecommendRules, 'skipCategories'>;
  readonly strategies: StrategyBook;
}

const SETTINGS = z.strictObject({
  skipCategories: z.array(z.string().trim().min(1)).default([]),
  perCustomer: z.int().min(1).max(50).default(12),
  strategies: STRATEGIES_SHAPE.optional(),
});

/**
 * Reads `recommend` of a mapping; without one, lists of 12 from all categories by the shipped strategies.
 *
 * @param tiers keys of the tiers that a strategy may be given for; default any
 * @throws RECOMMEND_INVALID naming the key
 */
export function parseRecommend(from: unknown, tiers?: readonly string[]): RecommendSettings {
  const read = SETTINGS.safeParse(from ?? {});
  if (!read.success) {
    const issue = deepest(read.error.issues[0]!);
    throw known('RECOMMEND_INVALID', { where: ['recommend', ...issue.path].join('.'), expected: issue.message });
  }
  const { skipCategories, perCustomer, strategies } = read.data;
  const book = strategies === undefined ? STRATEGIES : bookOf(strategies);
  checkBook(book, tiers);
  return { perCustomer, rules: { skipCategories }, strategies: book };
}

type Issue = z.core.$ZodIssue;

/** Of a choice between a name and an object, what is wrong with the object. */
function deepest(issue: Issue): { path: PropertyKey[]; message: string } {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.flat().find(({ path }) => path.length > 0);
  if (inner === undefined) return issue;
  const below = deepest(inner);
  return { ...below, path: [...issue.path, ...below.path] };
}

/** @throws RECOMMEND_INVALID for a tier that is not there, or places kept that are more than the list has */
function checkBook(book: StrategyBook, tiers: readonly string[] | undefined): void {
  const bad = (where: string, expected: string) =>
    known('RECOMMEND_INVALID', { where: `recommend.strategies.${where}`, expected });
  for (const tier of Object.keys(book.tiers))
    if (tiers !== undefined && !tiers.includes(tier))
      throw bad(`tiers.${tier}`, `there is no such tier; have ${tiers.join(', ')}`);
  const all = [['default', book.default], ...Object.entries(book.tiers).map(([key, s]) => [`tiers.${key}`, s])];
  if (book.newcomers !== undefined) all.push(['newcomers', book.newcomers]);
  for (const [where, strategy] of all as [string, StrategyBook['default']][]) {
    const kept = Object.values(strategy.least).reduce((a, b) => a + b, 0);
    if (kept > 1 + 1e-9) throw bad(`${where}.least`, `shares add up to ${kept}, more than 1`);
  }
}
