/** A fitted model as an ONNX file, so that any runtime of ONNX can serve it. */
import { known } from '#errors.ts';
import type { Fitted } from '../../learner.ts';
import type { LinearModel } from '../../linear/linear.ts';
import type { LogisticModel } from '../../linear/logistic.ts';
import type { SvmModel } from '../../linear/svm.ts';
import type { NetworkModel } from '../../network/network.ts';
import { isEnsemble } from '../../trees/ensemble.ts';
import type { ModelCard } from '../card.ts';
import { GraphBuilder } from './graph.ts';
import { addLinear, addLogistic, addSvm } from './linear-out.ts';
import { addNetwork } from './network-out.ts';
import { attribute, encodeOnnx } from './proto.ts';
import { addTrees } from './trees-out.ts';

/** Learners whose models can be written as ONNX. */
export const ONNX_LEARNERS: readonly string[] = [
  'logistic',
  'linear',
  'svm',
  'boosting',
  'forest',
  'extra-trees',
  'network',
];

/**
 * Bytes of an ONNX file (opset 17, ai.onnx.ml 3).
 *
 * Inputs are the features by name, [rows, 1] each: float32 (NaN where missing; days and moments as in the card), or string
 * (empty where missing). Outputs: `chances` [rows, classes] float32 and `predicted` [rows] string, or `predicted` [rows]
 * float32. Thresholds of trees are rounded down to float32, so that rows of float32 numbers fall on the same side; sums are
 * float32 and differ from the model's own by about 1e-6 of their size. The card is kept in the metadata.
 *
 * @throws ONNX_NOT_POSSIBLE for a learner without such a form
 */
export async function writeOnnx({ card, model }: { card: ModelCard; model: Fitted }): Promise<Uint8Array> {
  const graph = new GraphBuilder();
  const answer = addModel(graph, model, card);
  const width = model.classes.length;
  if (width === 0) {
    const flat = graph.node('Reshape', [answer, graph.constant([-1], [1], 'int64')]);
    graph.output(graph.cast(flat, 'float'), 'predicted', 'float');
  } else {
    graph.output(graph.cast(answer, 'float'), 'chances', 'float', width);
    const best = graph.node('ArgMax', [answer], [attribute('axis', { i: 1 }), attribute('keepdims', { i: 0 })]);
    const names = graph.mlNode(
      'LabelEncoder',
      [best],
      [
        attribute('keys_int64s', { ints: model.classes.map((_, k) => k) }),
        attribute('values_strings', { strings: model.classes }),
      ],
    );
    graph.output(names, 'predicted', 'string');
  }
  const metadata = { card: JSON.stringify(card), classes: JSON.stringify(model.classes), task: model.task };
  return encodeOnnx(graph.done(card.version, metadata));
}

function addModel(graph: GraphBuilder, model: Fitted, { features }: ModelCard): string {
  const read = new Set(model.features);
  const texts = new Set(features.filter(({ name, kind }) => kind === 'text' && read.has(name)).map(({ name }) => name));
  if (model.kind === 'logistic') return addLogistic(graph, model as LogisticModel, texts);
  if (model.kind === 'linear') return addLinear(graph, model as LinearModel, texts);
  if (model.kind === 'network') return addNetwork(graph, model as NetworkModel);
  if (model.kind === 'svm') return addSvm(graph, model as SvmModel, texts);
  if (isEnsemble(model)) return addTrees(graph, model);
  throw known('ONNX_NOT_POSSIBLE', { learner: model.kind, can: ONNX_LEARNERS });
}
