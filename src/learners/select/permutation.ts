/** How much a fitted model leans on a feature: the fall of its score when the feature's values are shuffled among rows. */
import { deviation, mean } from '#kernels/metrics.ts';
import { random, shuffled, split } from '#kernels/random.ts';
import { type Table, take } from '#table/index.ts';
import { judgedAt, type Lesson, predictOn } from '../choose/cross-validate.ts';
import { metricOf, scoreOf } from '../choose/score.ts';
import type { Fitted, Supervised } from '../learner.ts';

export interface Importance {
  /** Name of the feature, or of the group. */
  readonly name: string;
  readonly features: readonly string[];
  /** Mean fall of the score over the repeats: above zero where the model is better with the feature. */
  readonly fall: number;
  /** Standard deviation over the repeats; the error of `fall` is this over their root. */
  readonly sd: number;
  readonly falls: readonly number[];
}

export interface PermutationOptions {
  readonly seed: number;
  /** Default 5. */
  readonly repeats?: number;
  /** Default: the main one of the task. */
  readonly metric?: string;
  /** Features that are shuffled together, by name; default: each alone. Features that tell the same belong in one group. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Permutation importance of a model on rows that it did not learn from, largest fall first.
 *
 * @param lesson those rows, with the classes of the model
 * @see Breiman (2001), Random Forests, Machine Learning 45; Fisher, Rudin and Dominici (2019), JMLR 20(177)
 */
export function permutationImportance(
  learner: Supervised,
  model: Fitted,
  lesson: Lesson,
  { seed, repeats = 5, metric: name, groups }: PermutationOptions,
): Importance[] {
  const { data, aim, classes } = lesson;
  const metric = metricOf(aim.task, name);
  const rows = Int32Array.from({ length: data.length }, (_, i) => i);
  const scoreAt = (table: Table) => scoreOf(metric, judgedAt(lesson, rows, predictOn(learner, model, table, classes)));
  const whole = scoreAt(data);
  const asked = groups ?? Object.fromEntries(model.features.map((feature) => [feature, [feature]]));
  return Object.entries(asked)
    .map(([group, features]) => {
      const falls = Array.from({ length: repeats }, (_, repeat) => {
        const order = shuffled(data.length, random(split(seed, group, repeat)));
        const picked = Object.fromEntries(features.map((feature) => [feature, data.columns[feature]!]));
        const moved = take({ length: data.length, columns: picked }, order);
        return whole - scoreAt({ length: data.length, columns: { ...data.columns, ...moved.columns } });
      });
      return { name: group, features, fall: mean(falls), sd: deviation(falls), falls };
    })
    .sort((a, b) => b.fall - a.fall || (a.name < b.name ? -1 : 1));
}
