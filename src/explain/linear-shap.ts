/** Shapley values of linear models: coefficient times (value - mean). */
import { type LinearModel, type LogisticModel, matrixOf } from '#learners/index.ts';
import type { Table } from '#table/index.ts';
import type { Attributions } from './attributions.ts';

/**
 * Exact for features taken as independent. The inputs of one feature (its value, whether it is missing, its categories)
 * are one.
 *
 * The score is the label, or log(1 + label) where the model learns that (linear); the log-odds of each class against the
 * mean over classes (logistic); the one score of the ordered classes (ordinal). `expected` and the values of a row add up to it.
 *
 * @param background what the means are taken over; default: the training rows of a standardised model, else zero
 * @throws FEATURE_MISSING, FEATURE_KIND
 * @see Lundberg and Lee (2017), corollary 1
 */
export function linearShap(model: LinearModel | LogisticModel, data: Table, background?: Table): Attributions {
  const { inputs, features } = model;
  const { weights, intercepts } = planeOf(model);
  const width = intercepts.length;
  const means = new Float64Array(inputs.length);
  if (background !== undefined && background.length > 0) {
    const matrix = matrixOf(background, inputs, model.signedLog);
    for (let i = 0; i < matrix.length; i++) means[i % inputs.length]! += matrix[i]! / background.length;
  }
  const expected = Float64Array.from(intercepts, (intercept, k) =>
    weights.reduce((sum, row, j) => sum + row[k]! * means[j]!, intercept),
  );
  const matrix = matrixOf(data, inputs, model.signedLog);
  const place = inputs.map(({ feature }) => features.indexOf(feature));
  const values = new Float64Array(data.length * width * features.length);
  for (let i = 0; i < data.length; i++)
    for (let j = 0; j < inputs.length; j++) {
      const by = matrix[i * inputs.length + j]! - means[j]!;
      for (let k = 0; k < width; k++) values[(i * width + k) * features.length + place[j]!]! += by * weights[j]![k]!;
    }
  return { width, features, expected, values };
}

/** weights [inputs][scores], intercepts [scores]. */
function planeOf(model: LinearModel | LogisticModel) {
  if (model.kind === 'linear') return { weights: model.coefficients.map((c) => [c]), intercepts: [model.intercept] };
  if (model.cuts !== undefined) return { weights: model.coefficients, intercepts: [0] };
  const centred = (row: readonly number[]) => {
    const mean = row.reduce((sum, c) => sum + c, 0) / row.length;
    return row.map((c) => c - mean);
  };
  return { weights: model.coefficients.map(centred), intercepts: centred(model.intercepts) };
}
