/** A learner fitted several times, with other seeds and on rows drawn anew; the answers are averaged. */
import { random, split } from '#kernels/random.ts';
import { take } from '#table/index.ts';
import type { Aim, Fitted, Supervised } from '../learner.ts';
import { blended } from './blend.ts';
import { canonicalOrder } from './canonical.ts';
import { predictOn } from './cross-validate.ts';

export interface BagParams {
  readonly bags: number;
  /** Each bag is fitted to as many rows, drawn with replacement; else only the seed differs. */
  readonly bootstrap: boolean;
}

export interface BagModel extends Fitted {
  readonly kind: 'bag';
  readonly members: readonly Fitted[];
}

/** As many of `rows`, drawn with replacement, rising. */
export function resampled(rows: Int32Array, seed: number): Int32Array {
  const draw = random(split(seed, 'bootstrap'));
  return Int32Array.from(rows, () => rows[draw.integer(rows.length)]!).sort();
}

/**
 * `learner` in bags; named after it. A bag that lacks a class gives it no chance.
 *
 * @see Breiman (1996), Bagging Predictors, Machine Learning 24
 */
export function bagOf<Params extends Aim>(learner: Supervised<Params>): Supervised<Params & BagParams, BagModel> {
  return {
    name: `bag-${learner.name}`,
    tasks: learner.tasks,
    source: `Breiman (1996), Machine Learning 24; ${learner.source}`,
    defaults: { ...learner.defaults, bags: 5, bootstrap: true },
    fit: async (data, { bags, bootstrap, ...params }, seed) => {
      const ordered = take(data, canonicalOrder(data));
      const rows = Int32Array.from({ length: data.length }, (_, i) => i);
      const members: Fitted[] = [];
      for (let bag = 0; bag < Math.max(1, bags); bag++) {
        const own = split(seed, 'bag', bag);
        const sample = bootstrap ? take(ordered, resampled(rows, own)) : ordered;
        members.push(await learner.fit(sample, params as unknown as Params, own));
      }
      const widest = members.reduce((a, b) => (b.classes.length > a.classes.length ? b : a));
      const features = [...new Set(members.flatMap((member) => member.features))];
      return { kind: 'bag', task: widest.task, classes: classesOf(members, widest), features, members };
    },
    predict: ({ members, classes }, data) => {
      const told = members.map((member) => predictOn(learner as unknown as Supervised, member, data, classes));
      const weights = members.map(() => 1 / members.length);
      return blended({ kind: 'linear', weights }, told, Math.max(1, classes.length));
    },
  };
}

/** All classes that some bag has met, in the order of the task: numbers by size, text by code unit. */
function classesOf(members: readonly Fitted[], widest: Fitted): readonly string[] {
  const all = new Set(members.flatMap(({ classes }) => classes));
  if (all.size === widest.classes.length) return widest.classes;
  const isNumber = [...all].every((name) => name !== '' && String(Number(name)) === name);
  return [...all].sort((a, b) => (isNumber ? Number(a) - Number(b) : a < b ? -1 : 1));
}
