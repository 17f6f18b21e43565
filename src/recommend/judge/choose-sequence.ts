/** `next-item --method best`: chosen on the last step of each history that is learned from, never on what is judged. */
import { fromTriples } from '#kernels/sparse.ts';
import { countsOf, type Interactions } from '../data/interactions.ts';
import type { Run } from '../methods/method.ts';
import { sequenceMethodOf } from '../methods/sequences/all.ts';
import { lastCut } from '../methods/sequences/leave-one-out.ts';
import { evaluate } from './evaluate.ts';

export interface SequenceCandidate {
  readonly method: string;
  readonly params: Readonly<Record<string, number>>;
  /** NDCG and recall at k on the cut. */
  readonly ndcg: number;
  readonly recall: number;
}

export interface SequenceChoice {
  readonly chosen: SequenceCandidate;
  readonly candidates: readonly SequenceCandidate[];
}

const CONTENTS = [0, 0.3, 1, 3];
const USERS_MAX = 5000;

/**
 * Tries transitions (with each weight of attributes), the linear model, neighbours, the network and the mixture of them, and takes the one
 * with the best NDCG on the cut. At most 5,000 users of the cut are judged.
 */
export function chooseSequence(
  data: Interactions,
  { k, keepSeen, run }: { k: number; keepSeen: boolean; run: Run },
): SequenceChoice {
  const { train, users, wanted } = lastCut(data);
  const relevant = fromTriples({ rows: data.userCount, columns: data.itemCount, rowOf: users, columnOf: wanted });
  const seen = countsOf(train);
  const candidates: SequenceCandidate[] = [];
  const attempt = (method: string, params: Readonly<Record<string, number>>): SequenceCandidate => {
    const fit = sequenceMethodOf(method).fitted(train, params, run);
    const options = { k, keepSeen, seed: run.seed, resamples: 0, usersMax: USERS_MAX };
    const { metrics } = evaluate((own) => fit.score(own), seen, relevant, options);
    const candidate = { method, params: fit.params, ndcg: metrics.ndcg, recall: metrics.recall };
    candidates.push(candidate);
    return candidate;
  };
  const bestOf = (tried: readonly SequenceCandidate[]) => tried.reduce((a, b) => (b.ndcg > a.ndcg ? b : a));
  const contents = data.content?.attributes === undefined ? [0] : CONTENTS;
  for (const content of contents) attempt('transitions', { content });
  attempt('slist', {});
  // what may come again is a habit of the shop: neighbours say it too loudly in some and not in others
  for (const own of keepSeen ? [0.05, 0.3, 1] : [1]) for (const method of ['vsknn', 'stan']) attempt(method, { own });
  attempt('sasrec', {});
  attempt('next-mix', { again: keepSeen ? 1 : 0 });
  return { chosen: bestOf(candidates), candidates };
}
