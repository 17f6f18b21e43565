/** LinearClassifier and LinearRegressor of ai.onnx.ml, behind a scaler or not, as our own logistic or linear model. */
import type { Input } from '../../design.ts';
import type { LinearModel } from '../../linear/linear.ts';
import type { LogisticModel } from '../../linear/logistic.ts';
import { attributesOf, type GraphNode } from './proto.ts';
import type { Scaler } from './read.ts';

/** The model of a node, or why it cannot be held. */
export function linearOf(
  node: GraphNode,
  features: readonly string[],
  scaler: Scaler | undefined,
): { model: LogisticModel | LinearModel } | { reason: string } {
  const inputs: Input[] = features.map((feature, j) => ({
    ...{ feature, role: 'value' },
    center: scaler?.offset[j] ?? scaler?.offset[0] ?? 0,
    scale: 1 / (scaler?.scale[j] ?? scaler?.scale[0] ?? 1),
  }));
  return node.opType === 'LinearRegressor' ? numberOf(node, features, inputs) : classesOf(node, features, inputs);
}

function numberOf(node: GraphNode, features: readonly string[], inputs: readonly Input[]) {
  const { text, numbers } = attributesOf(node);
  const coefficients = [...numbers('coefficients')];
  if (coefficients.length !== features.length)
    return { reason: 'it reads another number of columns, or foretells several numbers' };
  if (text('post_transform', 'NONE') !== 'NONE') return { reason: `its score is told by ${text('post_transform')}` };
  const model: LinearModel = {
    ...{ kind: 'linear', task: 'regress', classes: [], features, signedLog: false, inputs, coefficients },
    ...{ intercept: numbers('intercepts')[0] ?? 0, l1: 0, l2: 0, rows: 0, converged: true },
  };
  return { model };
}

function classesOf(
  node: GraphNode,
  features: readonly string[],
  inputs: readonly Input[],
): { model: LogisticModel } | { reason: string } {
  const { text, texts, numbers } = attributesOf(node);
  const classes = [...texts('classlabels_strings'), ...numbers('classlabels_ints').map(String)];
  const count = classes.length;
  const transform = text('post_transform', 'NONE');
  const rows = numbers('coefficients').length / features.length;
  if (!Number.isInteger(rows) || count < 2) return { reason: 'it reads another number of columns' };
  const intercepts = Array.from({ length: rows }, (_, k) => numbers('intercepts')[k] ?? 0);
  const weight = (k: number, j: number): number => numbers('coefficients')[k * features.length + j]!;
  // Of two classes by the logistic of the second's score s: softmax of -s/2 and s/2.
  const isLogit = count === 2 && transform === 'LOGISTIC';
  if (!isLogit && !(transform === 'SOFTMAX' && rows === count))
    return { reason: `its scores are told by ${transform}` };
  const spread = (of: (row: number) => number): number[] =>
    isLogit ? [-of(rows - 1) / 2, of(rows - 1) / 2] : classes.map((_, k) => of(k));
  return {
    model: {
      ...{ kind: 'logistic', task: 'classify', classes, features, signedLog: false },
      inputs,
      coefficients: features.map((_, j) => spread((k) => weight(k, j))),
      intercepts: spread((k) => intercepts[k]!),
      ...{ l1: 0, l2: 0, rows: 0, loss: 0, iterations: 0, converged: true },
    },
  };
}
