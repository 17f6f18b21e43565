import { known } from '#errors.ts';
import type { AnyLearner } from './learner.ts';

export interface Registry {
  list(): readonly AnyLearner[];
  /** @throws LEARNER_UNKNOWN */
  get(name: string): AnyLearner;
}

/** Learners by name. Two of one name are a mistake of the program and stop it. */
export function registry(learners: readonly AnyLearner[]): Registry {
  const byName = new Map<string, AnyLearner>();
  for (const learner of learners) {
    if (byName.has(learner.name)) throw new Error(`two learners are called ${learner.name}`);
    byName.set(learner.name, learner);
  }
  return {
    list: () => [...byName.values()],
    get: (name) => {
      const found = byName.get(name);
      if (found === undefined) throw known('LEARNER_UNKNOWN', { name, have: [...byName.keys()] });
      return found;
    },
  };
}
