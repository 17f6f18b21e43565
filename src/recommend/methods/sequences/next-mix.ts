/**
 * Several rankers of the next item as one: the product of their chances, each to a power learned on the last step of each
 * history, which they have not seen while the powers are learned; then all are fitted again on everything.
 *
 * @see Hinton (2002), Training Products of Experts, Neural Computation 14(8)
 */
import { random, shuffled, split } from '#kernels/random.ts';
import type { Interactions } from '../../data/interactions.ts';
import type { Method, Run } from '../method.ts';
import { type Histories, historiesOf, stepsPerItem } from './histories.ts';
import { lastCut } from './leave-one-out.ts';
import { type Choice, choiceOf, learnWeights } from './mix-weights.ts';
import { SASREC, type SasrecModel } from './sasrec.ts';
import type { SequenceMethod } from './sequence-method.ts';
import { type SessionKnnModel, STAN } from './session-knn.ts';
import { TRANSITIONS } from './transitions.ts';
import { becauseOfWalk, type WalkModel } from './walks.ts';

export interface NextMixParams extends Readonly<Record<string, number>> {
  /** Passes of the network. */
  readonly epochs: number;
  readonly width: number;
  readonly blocks: number;
  /** Weight of like attributes in the transitions. */
  readonly content: number;
  /** Histories at most on which the powers are learned. */
  readonly weighed: number;
}

interface Parts {
  readonly sasrec: SasrecModel;
  readonly transitions: WalkModel;
  readonly stan: SessionKnnModel;
  /** [items] logarithm of the share of steps */
  readonly popular: Float64Array;
}

export interface NextMixModel extends Parts {
  readonly histories: Histories;
  /** Powers of sasrec, transitions, stan, popularity. */
  readonly weights: Float64Array;
}

/** Below this share of all scores a walk or neighbours tell nothing. */
const FLOOR = 1e-4;
const RANKERS = 4;

export const NEXT_MIX: SequenceMethod<NextMixParams, NextMixModel> & Method<NextMixParams, NextMixModel> = {
  name: 'next-mix',
  defaults: { epochs: SASREC.defaults.epochs, width: 64, blocks: 1, content: 1, weighed: 4000 },
  ranges: { epochs: [1, 1000], width: [4, 512], blocks: [1, 4], content: [0, 1000], weighed: [10, 1_000_000] },
  whole: ['epochs', 'width', 'blocks', 'weighed'],
  promises: { tells: 'next', repeatsAreSteps: true },
  source:
    'Hinton (2002), product of experts over sasrec, transitions, stan and popularity; powers by conditional logit',
  fit(data, params, run) {
    const weights = weighed(data, params, run);
    return { ...partsOf(data, params, run), histories: historiesOf(data), weights };
  },
  score: (model, users) => mixed(model, (name) => scoresOf(model, name, users)),
  scoreHistories: (model, histories) => mixed(model, (name) => openScoresOf(model, name, histories)),
  because: (model, user, item, most) => becauseOfWalk(model.transitions, user, item, most),
};

function partsOf(data: Interactions, { epochs, width, blocks, content }: NextMixParams, run: Run): Parts {
  const steps = stepsPerItem(historiesOf(data), data.itemCount);
  const total = steps.reduce((a, b) => a + b + 1, 0);
  return {
    sasrec: SASREC.fit(data, { ...SASREC.defaults, epochs, width, blocks }, run),
    transitions: TRANSITIONS.fit(data, { ...TRANSITIONS.defaults, content }, run),
    stan: STAN.fit(data, STAN.defaults, run),
    popular: steps.map((count) => Math.log((count + 1) / total)),
  };
}

type Name = 'sasrec' | 'transitions' | 'stan';

function scoresOf(parts: Parts, name: Name, users: Int32Array): Float64Array {
  if (name === 'sasrec') return SASREC.score(parts.sasrec, users);
  return name === 'transitions' ? TRANSITIONS.score(parts.transitions, users) : STAN.score(parts.stan, users);
}

function openScoresOf(parts: Parts, name: Name, histories: Histories): Float64Array {
  if (name === 'sasrec') return SASREC.scoreHistories(parts.sasrec, histories);
  return name === 'transitions'
    ? TRANSITIONS.scoreHistories(parts.transitions, histories)
    : STAN.scoreHistories(parts.stan, histories);
}

/** Scores of one history as logarithms of chances, in place. */
function toLogs(scores: Float64Array, name: Name): Float64Array {
  if (name === 'sasrec') return lessTotal(scores);
  let sum = 0;
  for (const score of scores) sum += score;
  for (let i = 0; i < scores.length; i++) scores[i] = Math.log(FLOOR + (sum > 0 ? scores[i]! / sum : 0));
  return scores;
}

/** Logits, lessened so that their exponentials add up to 1; in place. */
function lessTotal(logits: Float64Array): Float64Array {
  let most = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > most) most = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - most);
  const total = most + Math.log(sum);
  for (let i = 0; i < logits.length; i++) logits[i]! -= total;
  return logits;
}

/** Chance of each item: the product of what each says, made to add up to 1. */
function mixed(model: NextMixModel, scoresFor: (name: Name) => Float64Array): Float64Array {
  const items = model.popular.length;
  const [sasrec = 0, transitions = 0, stan = 0, popularity = 0] = model.weights;
  let out: Float64Array | undefined;
  for (const [name, weight] of [
    ['sasrec', sasrec] as const,
    ['transitions', transitions] as const,
    ['stan', stan] as const,
  ]) {
    const scores = scoresFor(name);
    out ??= new Float64Array(scores.length);
    for (let from = 0; from < scores.length; from += items) {
      const own = toLogs(scores.subarray(from, from + items), name);
      for (let i = 0; i < items; i++) out[from + i]! += weight * own[i]!;
    }
  }
  for (let from = 0; from < out!.length; from += items) {
    const own = out!.subarray(from, from + items);
    for (let i = 0; i < items; i++) own[i]! += popularity * model.popular[i]!;
    lessTotal(own);
    for (let i = 0; i < items; i++) own[i] = Math.exp(own[i]!);
  }
  return out!;
}

/** Powers, learned on the last step of at most `weighed` histories. */
function weighed(data: Interactions, params: NextMixParams, run: Run): Float64Array {
  const cut = lastCut(data);
  if (cut.users.length === 0) return new Float64Array(RANKERS).fill(1 / RANKERS);
  const parts = partsOf(cut.train, params, { ...run, seed: split(run.seed, 'cut') });
  return learnWeights(choicesOf(parts, cut, params.weighed, run.seed), RANKERS);
}

const BATCH = 64;

function choicesOf(
  parts: Parts,
  { users, wanted }: { users: Int32Array; wanted: Int32Array },
  most: number,
  seed: number,
) {
  const rows = shuffled(users.length, random(split(seed, 'weighed'))).subarray(0, most);
  const items = parts.popular.length;
  const choices: Choice[] = [];
  for (let from = 0; from < rows.length; from += BATCH) {
    const at = rows.subarray(from, from + BATCH);
    const own = at.map((row) => users[row]!);
    const scores = (['sasrec', 'transitions', 'stan'] as const).map((name) => ({
      name,
      of: scoresOf(parts, name, own),
    }));
    for (const [r, row] of at.entries()) {
      const logs = scores.map(({ name, of }) => toLogs(of.subarray(r * items, (r + 1) * items), name));
      choices.push(choiceOf([...logs, parts.popular], wanted[row]!));
    }
  }
  return choices;
}
