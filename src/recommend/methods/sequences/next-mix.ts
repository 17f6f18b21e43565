/**
 * Several rankers of the next item as one: the product of their chances, each to a power. The powers are learned on the
 * last step of each history, which the rankers have not seen while the powers are learned; then all are fitted again on
 * everything.
 *
 * The rankers: `sasrec`, `transitions` without attributes, items of like attributes alone, `slist`, `stan` and popularity.
 *
 * @see Hinton (2002), Training Products of Experts, Neural Computation 14(8)
 */
import { random, shuffled, split } from '#kernels/random.ts';
import type { Interactions } from '../../data/interactions.ts';
import type { Numbers, Run } from '../method.ts';
import { type Histories, historiesAt, historiesOf, stepsPerItem } from './histories.ts';
import { type LastCut, lastCut } from './leave-one-out.ts';
import { type Choice, choiceOf, learnWeights } from './mix-weights.ts';
import { SASREC, type SasrecModel } from './sasrec.ts';
import type { SequenceMethod } from './sequence-method.ts';
import { type SessionKnnModel, STAN } from './session-knn.ts';
import { SLIST } from './slist.ts';
import { contentNeighbours, TRANSITIONS } from './transitions.ts';
import { becauseOfWalk, scoreWalks, type WalkModel } from './walks.ts';

export interface NextMixParams extends Numbers {
  /** Passes of the network, length of its vectors, and its blocks. */
  readonly epochs: number;
  readonly width: number;
  readonly blocks: number;
  /** Histories at most on which the powers are learned. */
  readonly weighed: number;
  /** 1: items of the history may come again, and count when the powers are learned. */
  readonly again: number;
}

interface Parts {
  readonly sasrec: SasrecModel;
  readonly transitions: WalkModel;
  /** Where there are attributes. */
  readonly content: WalkModel | undefined;
  readonly slist: WalkModel;
  readonly stan: SessionKnnModel;
  /** [items] logarithm of the share of steps */
  readonly popular: Float64Array;
}

export interface NextMixModel extends Parts {
  readonly histories: Histories;
  /** Powers of sasrec, transitions, content, slist, stan, popularity. */
  readonly weights: Float64Array;
}

/** A share of all scores this small tells nothing. */
const FLOOR = 3e-4;
const START = [1, 0.5, 0.2, 0.2, 0.2, 0];

export const NEXT_MIX: SequenceMethod<NextMixParams, NextMixModel> = {
  name: 'next-mix',
  defaults: { epochs: SASREC.defaults.epochs, width: 64, blocks: 1, weighed: 8000, again: 0 },
  ranges: { epochs: [1, 1000], width: [4, 512], blocks: [1, 4], weighed: [10, 1_000_000], again: [0, 1] },
  whole: ['epochs', 'width', 'blocks', 'weighed', 'again'],
  promises: { tells: 'next', repeatsAreSteps: true },
  source: 'product of experts (Hinton 2002); powers by coordinate ascent on NDCG (Metzler, Croft 2007)',
  fit(data, params, run) {
    const weights = weighed(data, params, run);
    return { ...partsOf(data, params, run), histories: historiesOf(data), weights };
  },
  score: (model, users) => mixed(model, logsFor(model, historiesAt(model.histories, users), users)),
  scoreHistories: (model, histories) => mixed(model, logsFor(model, histories)),
  because: ({ transitions, slist, weights: [, ofTransitions = 0, , ofSlist = 0] }, user, item, most) =>
    becauseOfWalk(ofSlist > ofTransitions ? slist : transitions, user, item, most),
};

function partsOf(data: Interactions, { epochs, width, blocks }: NextMixParams, run: Run): Parts {
  const steps = stepsPerItem(historiesOf(data), data.itemCount);
  const total = steps.reduce((a, b) => a + b + 1, 0);
  const transitions = TRANSITIONS.fit(data, { ...TRANSITIONS.defaults, content: 0 }, run);
  const like = contentNeighbours(data.content?.attributes, steps);
  return {
    sasrec: SASREC.fit(data, { ...SASREC.defaults, epochs, width, blocks }, run),
    transitions,
    content: like === undefined ? undefined : { ...transitions, neighbours: like },
    slist: SLIST.fit(data, SLIST.defaults, run),
    stan: STAN.fit(data, STAN.defaults, run),
    popular: steps.map((count) => Math.log((count + 1) / total)),
  };
}

/**
 * What each ranker but popularity says of all items for each history: logarithms of chances.
 *
 * @param users whose histories these are, where they are those that were learned from
 */
function logsFor(parts: Parts, histories: Histories, users?: Int32Array): readonly Float64Array[] {
  const { sasrec, transitions, content, slist, stan, popular } = parts;
  const logits = SASREC.scoreHistories(sasrec, histories);
  const shares = [
    scoreWalks(transitions, histories),
    content === undefined ? new Float64Array(logits.length) : scoreWalks(content, histories),
    scoreWalks(slist, histories),
    users === undefined ? STAN.scoreHistories(stan, histories) : STAN.score(stan, users),
  ];
  for (let from = 0; from < logits.length; from += popular.length) {
    lessTotal(logits.subarray(from, from + popular.length));
    for (const scores of shares) toLogs(scores.subarray(from, from + popular.length));
  }
  return [logits, ...shares];
}

/** Scores of one history as logarithms of their shares, in place; what is below 0 counts as 0. */
function toLogs(scores: Float64Array): void {
  let sum = 0;
  for (const score of scores) sum += Math.max(0, score);
  const unit = sum > 0 ? 1 / sum : 0;
  for (let i = 0; i < scores.length; i++) scores[i] = Math.log(FLOOR + Math.max(0, scores[i]!) * unit);
}

/** Logits, lessened so that their exponentials add up to 1; in place. */
function lessTotal(logits: Float64Array): void {
  let most = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > most) most = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - most);
  const total = most + Math.log(sum);
  for (let i = 0; i < logits.length; i++) logits[i]! -= total;
}

/** Chance of each item: the product of what each says, made to add up to 1; in place of the first of `logs`. */
function mixed({ weights, popular }: NextMixModel, logs: readonly Float64Array[]): Float64Array {
  const out = logs[0]!;
  const items = popular.length;
  const ofPopular = weights[logs.length]!;
  for (let i = 0; i < out.length; i++) {
    let sum = ofPopular * popular[i % items]!;
    for (let r = 0; r < logs.length; r++) sum += weights[r]! * logs[r]![i]!;
    out[i] = sum;
  }
  for (let from = 0; from < out.length; from += items) {
    const own = out.subarray(from, from + items);
    lessTotal(own);
    for (let i = 0; i < items; i++) own[i] = Math.exp(own[i]!);
  }
  return out;
}

/** Powers, learned on the last step of at most `weighed` histories. */
function weighed(data: Interactions, params: NextMixParams, run: Run): Float64Array {
  const cut = lastCut(data);
  if (cut.users.length === 0) return Float64Array.from(START);
  const parts = partsOf(cut.train, params, { ...run, seed: split(run.seed, 'cut') });
  return learnWeights(choicesOf(parts, cut, params, run.seed), START);
}

const BATCH = 64;

function choicesOf(parts: Parts, cut: LastCut, { weighed: most, again }: NextMixParams, seed: number): Choice[] {
  const histories = historiesOf(cut.train);
  const rows = shuffled(cut.users.length, random(split(seed, 'weighed'))).subarray(0, most);
  const items = parts.popular.length;
  const choices: Choice[] = [];
  for (let from = 0; from < rows.length; from += BATCH) {
    const at = rows.subarray(from, from + BATCH);
    const users = at.map((row) => cut.users[row]!);
    const own = historiesAt(histories, users);
    const logs = logsFor(parts, own, users);
    for (const [h, row] of at.entries()) {
      const each = [...logs.map((scores) => scores.subarray(h * items, (h + 1) * items)), parts.popular.slice()];
      if (again === 0)
        for (const item of own.items.subarray(own.offsets[h]!, own.offsets[h + 1]!))
          for (const scores of each) scores[item] = Number.NEGATIVE_INFINITY;
      const choice = choiceOf(each, cut.wanted[row]!);
      if (choice !== undefined) choices.push(choice);
    }
  }
  return choices;
}
