/** What a shop says about its customers' lives: the `lifecycle` key of its mapping. */
import { z } from 'zod';
import { known } from '#errors.ts';
import { DEFAULT_RULES, type LifecycleRules } from './lifecycle.ts';

const CHANCE = z.number().min(0).max(1);

const rule = (standard: LifecycleRules['atRisk']) =>
  z.strictObject({ silence: CHANCE.default(standard.silence), alive: CHANCE.default(standard.alive) }).prefault({});

const SETTINGS = z.strictObject({ atRisk: rule(DEFAULT_RULES.atRisk), lapsed: rule(DEFAULT_RULES.lapsed) });

/**
 * Reads `lifecycle` of a mapping; what is not said is that of `DEFAULT_RULES`.
 *
 * @throws LIFECYCLE_INVALID naming the key
 */
export function parseLifecycle(from: unknown): LifecycleRules {
  const read = SETTINGS.safeParse(from ?? {});
  if (!read.success) {
    const issue = read.error.issues[0]!;
    throw known('LIFECYCLE_INVALID', { where: ['lifecycle', ...issue.path].join('.'), expected: issue.message });
  }
  for (const chance of ['silence', 'alive'] as const)
    if (read.data.lapsed[chance] > read.data.atRisk[chance])
      throw known('LIFECYCLE_INVALID', {
        where: `lifecycle.lapsed.${chance}`,
        expected: `at most ${read.data.atRisk[chance]}, that of atRisk: nobody is lapsed before being at risk`,
      });
  return read.data;
}
