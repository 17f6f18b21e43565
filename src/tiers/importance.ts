/** What the model goes by: features by how far they move customers' scores. */
import { numberColumn, type Table } from '#table/index.ts';
import { effectsOf, type TierModel } from './train.ts';

export interface FeatureImportance {
  readonly feature: string;
  /** Mean size of its effect on the score: on the expected root of the margin, in roots of a minor unit. */
  readonly weight: number;
  /** Of the sum of all weights. */
  readonly share: number;
  /** 1 where more of the feature goes with a higher score, -1 with a lower one, 0 with neither. */
  readonly direction: 1 | 0 | -1;
  /** What the feature is called, where it has words. */
  readonly about?: { readonly en: string; readonly zh: string };
}

const SHOWN = 30;

/** The features that move the scores of these customers most, the strongest first. */
export function importanceOf(model: TierModel, data: Table): FeatureImportance[] {
  const { features, values } = effectsOf(model, data);
  const width = features.length;
  const rows = data.length;
  const all = features.map((feature, j) => {
    const column = numberColumn(data, feature);
    let [size, product, sum, sumOfValues] = [0, 0, 0, 0];
    for (let i = 0; i < rows; i++) {
      const effect = values[i * width + j]!;
      const value = column.valid?.[i] === 0 ? 0 : column.values[i]!;
      size += Math.abs(effect) / rows;
      product += effect * value;
      sum += effect;
      sumOfValues += value;
    }
    const together = product - (sum * sumOfValues) / rows;
    return { feature, weight: size, direction: size === 0 ? (0 as const) : signOf(together) };
  });
  const whole = all.reduce((total, { weight }) => total + weight, 0);
  return all
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || (a.feature < b.feature ? -1 : 1))
    .slice(0, SHOWN)
    .map(({ feature, weight, direction }) => ({ feature, weight, share: weight / whole, direction }));
}

const signOf = (x: number): 1 | 0 | -1 => (x > 0 ? 1 : x < 0 ? -1 : 0);
