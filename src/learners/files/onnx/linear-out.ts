/** Linear models and support vector machines as ONNX graphs. Their arithmetic is float64. */
import { known } from '#errors.ts';
import type { Input } from '../../design.ts';
import type { LinearModel } from '../../linear/linear.ts';
import type { LogisticModel } from '../../linear/logistic.ts';
import type { SvmModel } from '../../linear/svm.ts';
import type { GraphBuilder } from './graph.ts';
import { addInputs } from './inputs-out.ts';
import { attribute } from './proto.ts';

interface Designed {
  readonly inputs: readonly Input[];
  readonly signedLog: boolean;
}

/** Adds a logistic model; chances [rows, classes]. */
export function addLogistic(graph: GraphBuilder, model: LogisticModel, texts: ReadonlySet<string>): string {
  const { cuts, coefficients, classes } = model;
  const matrix = addMatrix(graph, model, texts);
  if (cuts === undefined) {
    const logits = addScores(graph, matrix, coefficients, model.intercepts);
    return graph.node('Softmax', [logits], [attribute('axis', { i: 1 })]);
  }
  const score = addScores(graph, matrix, coefficients, [0]);
  const below = graph.node('Sigmoid', [graph.node('Sub', [row(graph, cuts), score])]);
  const nothing = graph.node('Sub', [score, score]);
  const all = graph.node('Add', [nothing, row(graph, [1])]);
  const most = classes.length - 1;
  const upTo = most === 0 ? all : graph.concat([below, all]);
  return graph.node('Sub', [upTo, most === 0 ? nothing : graph.concat([nothing, below])]);
}

/** Adds a linear model; numbers [rows, 1]. */
export function addLinear(graph: GraphBuilder, model: LinearModel, texts: ReadonlySet<string>): string {
  const columns = model.coefficients.map((b) => [b]);
  const score = addScores(graph, addMatrix(graph, model, texts), columns, [model.intercept]);
  const { log1p } = model;
  if (log1p === undefined) return score;
  const amount = graph.node('Mul', [graph.node('Exp', [score]), row(graph, [log1p.smearing])]);
  return graph.node('Max', [graph.node('Sub', [amount, row(graph, [1])]), row(graph, [log1p.labelMin])]);
}

/** Adds a support vector machine; chances [rows, classes]. */
export function addSvm(graph: GraphBuilder, model: SvmModel, texts: ReadonlySet<string>): string {
  const { map, scaling } = model;
  if (map?.kind === 'fourier')
    throw known('ONNX_NOT_POSSIBLE', { learner: 'svm on Fourier features', can: ['svm with a linear kernel'] });
  const matrix = addMatrix(graph, model, texts);
  const read =
    map === undefined ? matrix : { tensor: addKernels(graph, matrix, map), order: map.vectors.map((_, i) => i) };
  const scores = addScores(graph, read, model.coefficients, model.intercepts);
  const sloped = graph.node('Mul', [
    scores,
    row(
      graph,
      scaling.map(({ slope }) => slope),
    ),
  ]);
  const chances = graph.node('Sigmoid', [
    graph.node('Add', [
      sloped,
      row(
        graph,
        scaling.map(({ offset }) => offset),
      ),
    ]),
  ]);
  if (scaling.length === 1) return graph.concat([graph.node('Sub', [row(graph, [1]), chances]), chances]);
  const sum = graph.node('ReduceSum', [chances, graph.constant([1], [1], 'int64')], [attribute('keepdims', { i: 1 })]);
  return graph.node('Div', [chances, sum]);
}

interface Matrix {
  /** Name of the tensor [rows, inputs]. */
  readonly tensor: string;
  /** [inputs] place in the model of each column. */
  readonly order: readonly number[];
}

function addMatrix(graph: GraphBuilder, { inputs, signedLog }: Designed, texts: ReadonlySet<string>): Matrix {
  if (inputs.length === 0)
    throw known('ONNX_NOT_POSSIBLE', { learner: 'a learner that found no feature that varies', can: ['others'] });
  const columns = new Map([...texts].map((feature) => [feature, graph.column(feature, 'string')]));
  const made = addInputs(
    graph,
    inputs.map((input) => ({ ...input, log: signedLog })),
    columns,
  );
  return { tensor: graph.concat(made.tensors), order: made.order };
}

const row = (graph: GraphBuilder, values: readonly number[]): string =>
  graph.constant(values, [1, values.length], 'double');

/** @param coefficients [inputs][outputs] */
function addScores(
  graph: GraphBuilder,
  { tensor, order }: Matrix,
  coefficients: readonly (readonly number[])[],
  intercepts: readonly number[],
): string {
  const weights = order.flatMap((j) => [...coefficients[j]!]);
  const product = graph.node('MatMul', [tensor, graph.constant(weights, [order.length, intercepts.length], 'double')]);
  return graph.node('Add', [product, row(graph, intercepts)]);
}

/** exp(-gamma |a - b|^2) of rows and support vectors. */
function addKernels(
  graph: GraphBuilder,
  { tensor, order }: Matrix,
  { gamma, vectors }: { gamma: number; vectors: readonly (readonly number[])[] },
): string {
  const turned = order.flatMap((j) => vectors.map((vector) => vector[j]!));
  const products = graph.node('MatMul', [tensor, graph.constant(turned, [order.length, vectors.length], 'double')]);
  const own = graph.node(
    'ReduceSum',
    [graph.node('Mul', [tensor, tensor]), graph.constant([1], [1], 'int64')],
    [attribute('keepdims', { i: 1 })],
  );
  const theirs = row(
    graph,
    vectors.map((vector) => vector.reduce((sum, x) => sum + x * x, 0)),
  );
  const twice = graph.node('Mul', [products, row(graph, [2])]);
  const distances = graph.node('Sub', [graph.node('Add', [own, theirs]), twice]);
  return graph.node('Exp', [graph.node('Mul', [distances, row(graph, [-gamma])])]);
}
