/** The learners that the command line knows: those of the core, and the one that chooses among them, with a clock. */
import { type AnyLearner, bestOf, learners } from '#learners/index.ts';

export const allLearners: readonly AnyLearner[] = [...learners, bestOf(learners, { now: () => performance.now() })];
