/**
 * Several recommenders added up. Each one's scores of a user are divided by their length over all items, so that they can
 * be compared, and weigh as it served new items best on a part held out of the training data; then all are fitted anew.
 *
 * Members that are linear in what the user has explain their part of the sum. mf, which is left out unless it is asked for,
 * knows only the users of the training data and gives no reasons: then people whom training did not know are scored by the
 * others, and reasons are those of the others.
 */
import type { Sparse } from '#kernels/sparse.ts';
import { countsOf, type Interactions, validationCut } from '../../data/interactions.ts';
import { IALS } from '../factors/ials.ts';
import { MF } from '../factors/mf.ts';
import type { Because, Method, Numbers, Run } from '../method.ts';
import { RP3BETA } from '../rp3beta.ts';
import { BSPM } from './bspm.ts';
import { learnWeights, lengthOf } from './mixture.ts';
import { SPARSE_EASE } from './sparse-ease.ts';

export interface EnsembleParams extends Readonly<Record<string, number>> {
  /** Weights of the members; -1: learned, where the first member's is 1; 0: without it. */
  readonly bspm: number;
  readonly rp3beta: number;
  readonly ease: number;
  readonly ials: number;
  readonly mf: number;
  /** Part of the training data on which weights are learned: of each user's rows, or the newest. */
  readonly share: number;
  /** Users on whom weights are learned, at most. */
  readonly judged: number;
  /** Of bspm, as it describes them. */
  readonly rank: number;
  readonly userPower: number;
  readonly inPower: number;
  readonly outPower: number;
  readonly lowPower: number;
  readonly lowPass: number;
  readonly time: number;
  readonly order: number;
  readonly average: number;
  /** Of rp3beta. */
  readonly alpha: number;
  readonly beta: number;
  /** Of sparse-ease; its `k` is `near` here. */
  readonly ridge: number;
  readonly near: number;
  /** Of ials, and the width of mf. */
  readonly factors: number;
  readonly unobserved: number;
  readonly shrink: number;
  readonly epochs: number;
}

export interface EnsembleModel {
  readonly itemCount: number;
  /** Those with a weight above 0. */
  readonly members: readonly { readonly name: string; readonly weight: number; readonly model: object }[];
}

/** A method whose model is its own affair. */
interface Member {
  readonly name: keyof EnsembleParams & string;
  fit(data: Interactions, params: EnsembleParams, run: Run): object;
  score(model: object, users: Int32Array): Float64Array;
  readonly scoreRows?: (model: object, rows: Sparse) => Float64Array;
  readonly because?: (model: object, user: number, item: number, most: number) => readonly Because[];
}

function member<Params extends Numbers, Model extends object>(
  name: Member['name'],
  method: Method<Params, Model>,
  params: (all: EnsembleParams) => Partial<Params>,
): Member {
  const { scoreRows, because } = method;
  return {
    name,
    fit: (data, all, run) => method.fit(data, { ...method.defaults, ...params(all) }, run),
    score: (model, users) => method.score(model as Model, users),
    ...(scoreRows && { scoreRows: (model, rows) => scoreRows(model as Model, rows) }),
    ...(because && { because: (model, user, item, most) => because(model as Model, user, item, most) }),
  };
}

const MEMBERS: readonly Member[] = [
  member('bspm', BSPM, ({ rank, userPower, inPower, outPower, lowPower, lowPass, time, order, average }) => ({
    ...{ rank, userPower, inPower, outPower, lowPower, lowPass, time, order, average },
  })),
  member('rp3beta', RP3BETA, ({ alpha, beta }) => ({ alpha, beta })),
  member('ease', SPARSE_EASE, ({ ridge, near }) => ({ ridge, k: near })),
  member('ials', IALS, ({ factors, unobserved, shrink, epochs }) => ({ factors, unobserved, ridge: shrink, epochs })),
  member('mf', MF, ({ factors }) => ({ factors })),
];

const LIST = 20;

export const ENSEMBLE: Method<EnsembleParams, EnsembleModel> = {
  name: 'ensemble',
  defaults: {
    ...{ bspm: -1, rp3beta: -1, ease: -1, ials: -1, mf: 0, share: 0.15, judged: 3000 },
    ...{ rank: 384, userPower: 1, inPower: 0.5, outPower: 0.5, lowPower: 0.5, lowPass: 0.3 },
    ...{ time: 1.2, order: 1, average: 1 },
    ...{ alpha: 0.8, beta: 0.3, ridge: 20, near: 128, factors: 64, unobserved: 0.01, shrink: 0.003, epochs: 8 },
  },
  ranges: {
    ...{
      bspm: [-1, 100],
      rp3beta: [-1, 100],
      ease: [-1, 100],
      ials: [-1, 100],
      mf: [-1, 100],
      share: [0.01, 0.9],
      judged: [1, 1e9],
    },
    ...{ rank: [0, 4096], userPower: [0, 3], inPower: [0, 3], outPower: [0, 3], lowPower: [0, 3] },
    ...{
      lowPass: [0, 100],
      time: [0, 100],
      order: [1, 4],
      average: [0, 1],
      alpha: [0, 10],
      beta: [0, 10],
      ridge: [1e-6, 1e9],
      near: [1, 2048],
    },
    ...{ factors: [1, 2048], unobserved: [0, 1000], shrink: [1e-9, 1e9], epochs: [1, 1000] },
  },
  whole: ['judged', 'rank', 'near', 'order', 'average', 'factors', 'epochs'],
  // ials folds people in by a step in f32 of its own.
  promises: { rowsTolerance: 1e-5 },
  source:
    'bspm, rp3beta and sparse-ease, added up with weights learned on a part of the training data (linear stacking)',
  fit,
  score: (model, users) => added(model, users.length, (own, fitted) => own.score(fitted, users)),
  scoreRows: (model, rows) => added(model, rows.rows, (own, fitted) => own.scoreRows?.(fitted, rows)),
  because,
};

function fit(data: Interactions, params: EnsembleParams, run: Run): EnsembleModel {
  const fixed = MEMBERS.map(({ name }) => params[name]!);
  const weights = fixed.some((weight) => weight < 0) ? learned(data, params, run) : fixed;
  const members = MEMBERS.flatMap((own, m) =>
    weights[m]! > 0 ? [{ name: own.name, weight: weights[m]!, model: own.fit(data, params, run) }] : [],
  );
  return { itemCount: data.itemCount, members };
}

/** Weights of all members; those that are given stay as they are beside the first learned one. */
function learned(data: Interactions, params: EnsembleParams, run: Run): number[] {
  const { train, held } = validationCut(data, { share: params.share, seed: run.seed });
  const open = MEMBERS.filter(({ name }) => params[name] !== 0);
  const models = open.map((own) => own.fit(train, params, run));
  const found = learnWeights(
    open.map((own, m) => (users: Int32Array) => own.score(models[m]!, users)),
    countsOf(train),
    held,
    {
      ...{ usersMax: params.judged, k: LIST, seed: run.seed },
      fixed: open.map(({ name }) => (params[name]! < 0 ? undefined : params[name]!)),
    },
  );
  return MEMBERS.map(({ name }) => found[open.findIndex((own) => own.name === name)] ?? 0);
}

const named = (name: string): Member => MEMBERS.find((own) => own.name === name)!;

function added(
  { itemCount, members }: EnsembleModel,
  rows: number,
  scores: (own: Member, model: object) => Float64Array | undefined,
): Float64Array {
  const out = new Float64Array(rows * itemCount);
  for (const { name, weight, model } of members) {
    const own = scores(named(name), model);
    if (own === undefined) continue;
    for (let row = 0; row < rows; row++) {
      const factor = weight / lengthOf(own, row * itemCount, itemCount);
      for (let i = row * itemCount; i < (row + 1) * itemCount; i++) out[i]! += factor * own[i]!;
    }
  }
  return out;
}

/** The members' reasons, each by what its member gave to the score of `item`. */
function because(model: EnsembleModel, user: number, item: number, most: number): readonly Because[] {
  const shares = new Map<number, number>();
  let total = 0;
  for (const { name, weight, model: own } of model.members) {
    const scores = named(name).score(own, Int32Array.of(user));
    const given = (weight * scores[item]!) / lengthOf(scores, 0, scores.length);
    const reasons = given > 0 ? (named(name).because?.(own, user, item, Number.MAX_SAFE_INTEGER) ?? []) : [];
    if (reasons.length === 0) continue;
    total += given;
    for (const { item: had, share } of reasons) shares.set(had, (shares.get(had) ?? 0) + given * share);
  }
  const order = [...shares].sort(([a, first], [b, second]) => second - first || a - b);
  return order.slice(0, most).map(([had, share]) => ({ item: had, share: share / total }));
}
