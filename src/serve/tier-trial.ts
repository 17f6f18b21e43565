/** Another tier policy tried on the values that the run stored; nothing is written. */
import type { z } from 'zod';
import { compared, type Policy, parsePolicy, readHistory } from '#tiers/index.ts';
import { at } from './facts.ts';
import type { WhatIfBody, WhatIfReply } from './schemas.ts';
import type { Store } from './store.ts';

/**
 * What the policy would have done on the past, beside the one in force.
 *
 * @throws TIER_POLICY_BAD and the other errors of a policy
 */
export async function whatIfOf(
  store: Store,
  { policy }: z.output<typeof WhatIfBody>,
): Promise<z.infer<typeof WhatIfReply>> {
  const proposed = parsePolicy(policy);
  return store.exclusive(async () => {
    const history = await store.memo('tier history', () => readHistory(store.compute, 'tier_history'));
    const { differences, ...answer } = compared(history, proposed, inForce(store));
    return { ...answer, changes: [...answer.changes], differences } as z.infer<typeof WhatIfReply>;
  });
}

/** The policy that the report records; null where it records none, or one that this version cannot read. */
function inForce(store: Store): Policy | null {
  try {
    return parsePolicy(at(store.tierReport, 'policy'));
  } catch {
    return null;
  }
}
