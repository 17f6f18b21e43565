/** What a shop says about its recommendations: the `recommend` key of its mapping. */
import { z } from 'zod';
import { known } from '#errors.ts';
import type { RecommendRules } from './rules.ts';

export interface RecommendSettings {
  /** Length of a customer's list. */
  readonly perCustomer: number;
  readonly rules: Pick<RecommendRules, 'skipCategories'>;
}

const SETTINGS = z.strictObject({
  skipCategories: z.array(z.string().trim().min(1)).default([]),
  perCustomer: z.int().min(1).max(50).default(12),
});

/**
 * Reads `recommend` of a mapping; without one, lists of 12 from all categories.
 *
 * @throws RECOMMEND_INVALID naming the key
 */
export function parseRecommend(from: unknown): RecommendSettings {
  const read = SETTINGS.safeParse(from ?? {});
  if (!read.success) {
    const issue = read.error.issues[0]!;
    throw known('RECOMMEND_INVALID', { where: ['recommend', ...issue.path].join('.'), expected: issue.message });
  }
  const { skipCategories, perCustomer } = read.data;
  return { perCustomer, rules: { skipCategories } };
}
