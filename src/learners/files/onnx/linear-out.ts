/** Linear models as an ONNX graph. */
import type { LogisticModel } from '../../linear/logistic.ts';
import type { GraphBuilder } from './graph.ts';
import { addInputs, type OnnxInput } from './inputs-out.ts';
import { attribute } from './proto.ts';

/**
 * Adds a logistic model.
 *
 * @param texts features that were learned from as text
 * @returns name of the tensor of chances [rows, classes], float64
 */
export function addLogistic(graph: GraphBuilder, model: LogisticModel, texts: ReadonlySet<string>): string {
  const inputs: OnnxInput[] = model.inputs.map((input) => ({ ...input, log: model.signedLog }));
  const columns = new Map([...texts].map((feature) => [feature, graph.column(feature, 'string')]));
  const { tensors, order } = addInputs(graph, inputs, columns);
  const classCount = model.classes.length;
  const weights = order.flatMap((j) => [...model.coefficients[j]!]);
  const scores = graph.node('MatMul', [
    graph.concat(tensors),
    graph.constant(weights, [order.length, classCount], 'double'),
  ]);
  const logits = graph.node('Add', [scores, graph.constant(model.intercepts, [1, classCount], 'double')]);
  return graph.node('Softmax', [logits], [attribute('axis', { i: 1 })]);
}
