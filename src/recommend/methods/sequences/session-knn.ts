/**
 * Histories like the present one, and what they hold: nearest neighbours among sessions.
 *
 * With w(p) the weight of the present step p places from its end, a neighbour n is as like as the sum of w over the items
 * that both have, over the roots of both lengths where `lengthPower` says so; of the `recent` newest histories of each item
 * the k most alike speak. Each gives its items its likeness times a weight of the distance from the latest item that both
 * have (`reach`: halved every so many places, earlier places too), times the logarithm of the item's rarity to the power
 * `rarity`.
 *
 * `vsknn` is the form of Ludewig and Jannach: linear weights by place, the match's place in the present session counts
 * and distance does not. `stan` has exponential weights by place and by distance.
 *
 * @see Ludewig, Jannach (2018), UMUAI 28 (V-SkNN); Garg et al. (2019), Sequence and Time Aware Neighborhood for
 *   Session-based Recommendations, SIGIR; Kersbergen, Sprangers, Schelter (2022), Serenade, SIGMOD (index of the newest)
 */

import { emptyTop, offer, sortTop, type Top } from '#kernels/top-k.ts';
import type { Interactions } from '../../data/interactions.ts';
import type { Because } from '../method.ts';
import { tieOf } from '../popularity.ts';
import { type Histories, historiesAt, historiesOf, historyCount, historyOf, stepsPerItem } from './histories.ts';
import type { SequenceMethod } from './sequence-method.ts';

export interface SessionKnnParams extends Readonly<Record<string, number>> {
  /** Neighbours that speak. */
  readonly k: number;
  /** Newest histories of each item that are looked at. */
  readonly recent: number;
  /** Latest steps of the present history that are looked at. */
  readonly length: number;
  /** stan: places in which a step of the present history loses half its weight; vsknn: not used. */
  readonly halfPlaces: number;
  /** stan: places of distance from the match that halve what an item gets; 0: distance doesn't count. */
  readonly reach: number;
  /** Part of the root lengths in the likeness. */
  readonly lengthPower: number;
  readonly rarity: number;
  /** What an item of the present history itself gets, in parts: every neighbour has one. */
  readonly own: number;
}

export interface SessionKnnModel {
  readonly kind: 'vsknn' | 'stan';
  readonly params: SessionKnnParams;
  readonly histories: Histories;
  /** Of item i: histories with it, newest first, at [i] .. [i + 1] */
  readonly starts: Int32Array;
  readonly having: Int32Array;
  /** [items] logarithm of histories per history with it, to the power asked for */
  readonly rare: Float64Array;
  readonly tie: Float64Array;
}

type Knn = SequenceMethod<SessionKnnParams, SessionKnnModel>;

function knn(kind: SessionKnnModel['kind'], source: string, defaults: SessionKnnParams): Knn {
  return {
    name: kind,
    defaults,
    ranges: {
      ...{ k: [1, 100_000], recent: [1, 1_000_000], length: [1, 10_000], halfPlaces: [0.01, 10_000] },
      ...{ reach: [0, 10_000], lengthPower: [0, 2], rarity: [0, 10], own: [0, 1] },
    },
    whole: ['recent', 'length'],
    promises: { tells: 'next', repeatsAreSteps: true },
    source,
    fit: (data, params) => fitted(kind, data, params),
    score: (model, users) => scores(model, historiesAt(model.histories, users), users),
    scoreHistories: (model, histories) => scores(model, histories),
    because,
  };
}

export const VSKNN: Knn = knn(
  'vsknn',
  'Ludewig, Jannach (2018), V-SkNN, UMUAI 28; index of the newest as in Serenade',
  {
    ...{ k: 200, recent: 1000, length: 50, halfPlaces: 1, reach: 0, lengthPower: 0.5, rarity: 1, own: 0.3 },
  },
);

export const STAN: Knn = knn('stan', 'Garg et al. (2019), STAN, SIGIR', {
  ...{ k: 500, recent: 1000, length: 50, halfPlaces: 1.5, reach: 1, lengthPower: 0, rarity: 0, own: 0.3 },
});

function fitted(kind: SessionKnnModel['kind'], data: Interactions, params: SessionKnnParams): SessionKnnModel {
  const histories = historiesOf(data);
  const { offsets, items } = histories;
  const count = historyCount(histories);
  const newest = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  if (data.ageDays !== undefined)
    for (const [e, user] of data.users.entries()) newest[user] = Math.min(newest[user]!, data.ageDays[e]!);
  const order = Int32Array.from({ length: count }, (_, h) => h);
  order.sort((a, b) => (newest[a] === newest[b] ? b - a : newest[a]! - newest[b]!));
  const held: number[][] = Array.from({ length: data.itemCount }, () => []);
  const found = new Int32Array(data.itemCount);
  for (const h of order)
    for (const item of new Set(items.subarray(offsets[h]!, offsets[h + 1]!))) {
      found[item]! += 1;
      if (held[item]!.length < params.recent) held[item]!.push(h);
    }
  const starts = new Int32Array(data.itemCount + 1);
  for (const [item, list] of held.entries()) starts[item + 1] = starts[item]! + list.length;
  return {
    ...{ kind, params, histories, starts, having: Int32Array.from(held.flat()) },
    rare: Float64Array.from(found, (n) => (n > 0 ? Math.log(1 + count / n) ** params.rarity : 0)),
    tie: tieOf(stepsPerItem(histories, data.itemCount), 1e-9),
  };
}

/** Weight of the step `p` places from the end of a present history of `length` steps. */
function stepWeight({ kind, params }: SessionKnnModel, p: number, length: number): number {
  return kind === 'vsknn' ? (length - p) / length : 0.5 ** (p / params.halfPlaces);
}

interface Scratch {
  /** [histories] */
  readonly likeness: Float64Array;
  /** [items] places from the end of the latest step at it, plus 1; 0: none */
  readonly placed: Int32Array;
  readonly top: Top;
}

const scratchOf = (model: SessionKnnModel): Scratch => ({
  likeness: new Float64Array(historyCount(model.histories)),
  placed: new Int32Array(model.rare.length),
  top: emptyTop(model.params.k),
});

/** @param users which histories the present ones are, so that none is its own neighbour */
function scores(model: SessionKnnModel, present: Histories, users?: Int32Array): Float64Array {
  const items = model.rare.length;
  const scratch = scratchOf(model);
  const out = new Float64Array(historyCount(present) * items);
  for (let h = 0; h < historyCount(present); h++) {
    const own = present.items.subarray(present.offsets[h]!, present.offsets[h + 1]!).slice(-model.params.length);
    const to = out.subarray(h * items, (h + 1) * items);
    to.set(model.tie);
    speak(model, scratch, own, users?.[h] ?? -1, (item, _match, score) => {
      to[item]! += score;
    });
  }
  return out;
}

/** Tells `say` what each neighbour gives each of its items, and the item that both have which it is nearest to. */
function speak(
  model: SessionKnnModel,
  { likeness, placed, top }: Scratch,
  own: Int32Array,
  except: number,
  say: (item: number, match: number, score: number) => void,
): void {
  const { starts, having, histories, params, rare, kind } = model;
  const { offsets, items } = histories;
  const touched: number[] = [];
  for (let p = 0; p < own.length; p++) {
    const item = own[own.length - 1 - p]!;
    if (placed[item] !== 0) continue;
    placed[item] = p + 1;
    const weight = stepWeight(model, p, own.length);
    for (let f = starts[item]!; f < starts[item + 1]!; f++) {
      const neighbour = having[f]!;
      if (likeness[neighbour] === 0) touched.push(neighbour);
      likeness[neighbour]! += weight;
    }
  }
  top.size = 0;
  for (const neighbour of touched) {
    const length = offsets[neighbour + 1]! - offsets[neighbour]!;
    if (neighbour !== except)
      offer(top, likeness[neighbour]! * (length * own.length) ** -params.lengthPower, neighbour);
    likeness[neighbour] = 0;
  }
  sortTop(top);
  for (let r = 0; r < top.size; r++) {
    const [from, to] = [offsets[top.indices[r]!]!, offsets[top.indices[r]! + 1]!];
    let [match, best] = [from, 0];
    for (let e = from; e < to; e++) {
      const place = placed[items[e]!]!;
      // the latest step of the present history that both have; of its places in the neighbour the last
      if (place !== 0 && (best === 0 || place <= best)) [match, best] = [e, place];
    }
    const factor = kind === 'vsknn' ? Math.max(0, 1 - 0.1 * (best - 1)) : 1;
    if (factor === 0) continue;
    for (let e = from; e < to; e++) {
      const item = items[e]!;
      const far = params.reach > 0 ? 0.5 ** (Math.abs(e - match) / params.reach) : 1;
      const again = placed[item] === 0 ? 1 : params.own;
      say(item, items[match]!, top.scores[r]! * factor * far * again * rare[item]!);
    }
  }
  for (const item of own) placed[item] = 0;
}

/** The user's items by which the neighbours that gave `item` its score were found. */
function because(model: SessionKnnModel, user: number, item: number, most: number): readonly Because[] {
  const own = historiesAt(model.histories, Int32Array.of(user)).items.slice(-model.params.length);
  const gave = new Map<number, number>();
  let total = 0;
  speak(model, scratchOf(model), historyOf(own).items, user, (given, match, score) => {
    if (given !== item || !(score > 0)) return;
    gave.set(match, (gave.get(match) ?? 0) + score);
    total += score;
  });
  const top = emptyTop(Math.max(1, most));
  for (const [match, score] of gave) offer(top, score, match);
  sortTop(top);
  return Array.from({ length: top.size }, (_, r) => ({ item: top.indices[r]!, share: top.scores[r]! / total }));
}
