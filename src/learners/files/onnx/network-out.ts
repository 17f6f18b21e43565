/** A network as an ONNX graph: all members at once, their answers averaged. */
import { known } from '#errors.ts';
import { type Head, LOG_BOUND, SIGMA_MIN } from '../../network/heads.ts';
import type { NetworkText } from '../../network/inputs.ts';
import type { NetworkModel } from '../../network/network.ts';
import { type Layer, type Net, unpacked } from '../../network/weights.ts';
import type { GraphBuilder } from './graph.ts';
import { addInputs } from './inputs-out.ts';
import { attribute } from './proto.ts';

/** Adds a network; chances [rows, classes] or numbers [rows, 1], float32. */
export function addNetwork(graph: GraphBuilder, model: NetworkModel): string {
  const { net, head } = model;
  const rows = graph.node('Unsqueeze', [addRead(graph, model), graph.constant([0], [1], 'int64')]);
  let at = rows;
  for (const layer of net.layers) at = graph.node('Relu', [addLayer(graph, layer, net.members, at)]);
  const { inputs, outputs, weight, constant } = net.last;
  const last = graph.node('MatMul', [at, graph.constant(unpacked(weight), [net.members, inputs, outputs], 'float')]);
  const z = graph.node('Add', [last, graph.constant(unpacked(constant), [net.members, 1, outputs], 'float')]);
  const answers = HEADS[head.kind](graph, z, head);
  return graph.node('ReduceMean', [answers], [attribute('axes', { ints: [0] }), attribute('keepdims', { i: 0 })]);
}

/** What the first layer reads, [rows, numbers + lengths of the vectors] float32, in its order. */
function addRead(graph: GraphBuilder, { inputs, net }: NetworkModel): string {
  const vectors = inputs.texts.map((text, t) => addVectors(graph, text, net.texts[t]!));
  // A network of no number reads one that is always 0.
  if (inputs.numbers.some(({ feature }) => feature === '')) return graph.concat([addZero(graph, vectors), ...vectors]);
  const { tensors, order } = addInputs(graph, inputs.numbers, new Map());
  const places = inputs.numbers.map((_, j) => order.indexOf(j));
  const sorted = graph.constant(places, [places.length], 'int64');
  const made = graph.node('Gather', [graph.concat(tensors), sorted], [attribute('axis', { i: 1 })]);
  return graph.concat([graph.cast(made, 'float'), ...vectors]);
}

function addZero(graph: GraphBuilder, [vector]: readonly string[]): string {
  if (vector === undefined)
    throw known('ONNX_NOT_POSSIBLE', { learner: 'a learner that found no feature that varies', can: ['others'] });
  const sum = graph.node('ReduceSum', [vector, graph.constant([1], [1], 'int64')], [attribute('keepdims', { i: 1 })]);
  return graph.node('Sub', [sum, sum]);
}

/** Categories are numbered from 2; 0 is any other text, 1 is missing. */
function addVectors(
  graph: GraphBuilder,
  { feature, categories }: NetworkText,
  { size, vectors }: Net['texts'][number],
) {
  const keys = categories.includes('') ? categories : [...categories, ''];
  const codes = graph.mlNode(
    'LabelEncoder',
    [graph.column(feature, 'string')],
    [
      attribute('keys_strings', { strings: keys }),
      attribute('values_int64s', { ints: keys.map((_, c) => (c === categories.length ? 1 : c + 2)) }),
      attribute('default_int64', { i: 0 }),
    ],
  );
  const flat = graph.node('Reshape', [codes, graph.constant([-1], [1], 'int64')]);
  const table = graph.constant(unpacked(vectors), [categories.length + 2, size], 'float');
  return graph.node('Gather', [table, flat], [attribute('axis', { i: 0 })]);
}

/** scale x (W' (factor x input)) + constant, [members, rows, units]. */
function addLayer(graph: GraphBuilder, layer: Layer, members: number, input: string): string {
  const { inputs, units } = layer;
  const wide = (packed: string, width: number): string =>
    graph.constant(unpacked(packed), [members, 1, width], 'float');
  const turned = graph.node('Mul', [input, wide(layer.factor, inputs)]);
  const product = graph.node('MatMul', [turned, graph.constant(unpacked(layer.weight), [inputs, units], 'float')]);
  const scaled = graph.node('Mul', [product, wide(layer.scale, units)]);
  return graph.node('Add', [scaled, wide(layer.constant, units)]);
}

/** From outputs [members, rows, outputs] to answers [members, rows, classes or 1]; see `addAnswer` of the heads. */
type HeadOut = (graph: GraphBuilder, z: string, head: Head) => string;

const scalar = (graph: GraphBuilder, value: number): string => graph.constant([value], [], 'float');

const upTo = (graph: GraphBuilder, amount: string, { ceiling }: Head): string =>
  graph.node('Min', [amount, scalar(graph, ceiling)]);

const meanOfLog: HeadOut = (graph, z, head) => {
  const held = graph.node('Clip', [z, scalar(graph, -LOG_BOUND), scalar(graph, LOG_BOUND)]);
  return upTo(graph, graph.node('Mul', [graph.node('Exp', [held]), scalar(graph, head.scale)]), head);
};

/** Above this exp of a float32 runs over; the ceiling of an amount lies far below. */
const EXPONENT_MAX = 80;

const HEADS: Readonly<Record<Head['kind'], HeadOut>> = {
  softmax: (graph, z) => graph.node('Softmax', [z], [attribute('axis', { i: 2 })]),
  corn: (graph, z) => {
    const logs = graph.node('Neg', [graph.node('Softplus', [graph.node('Neg', [z])])]);
    const reach = graph.node('Exp', [graph.node('CumSum', [logs, graph.constant([2], [], 'int64')])]);
    const first = graph.node('Slice', [reach, ...[0, 1, 2].map((at) => graph.constant([at], [1], 'int64'))]);
    const nothing = graph.node('Sub', [first, first]);
    const all = graph.node('Add', [nothing, scalar(graph, 1)]);
    const beside = (parts: string[]): string => graph.node('Concat', parts, [attribute('axis', { i: 2 })]);
    return graph.node('Sub', [beside([all, reach]), beside([reach, nothing])]);
  },
  l2: (graph, z, { center, scale }) =>
    graph.node('Add', [graph.node('Mul', [z, scalar(graph, scale)]), scalar(graph, center)]),
  poisson: meanOfLog,
  tweedie: meanOfLog,
  'zero-inflated-lognormal': (graph, z, head) => {
    const [above, center, spread] = [0, 1, 2].map((k) =>
      graph.node('Gather', [z, graph.constant([k], [1], 'int64')], [attribute('axis', { i: 2 })]),
    ) as [string, string, string];
    const soft = graph.node('Add', [graph.node('Softplus', [spread]), scalar(graph, SIGMA_MIN)]);
    const sigma = graph.node('Mul', [soft, scalar(graph, head.scale)]);
    const half = graph.node('Mul', [graph.node('Mul', [sigma, sigma]), scalar(graph, 0.5)]);
    const mean = graph.node('Add', [
      graph.node('Mul', [center, scalar(graph, head.scale)]),
      scalar(graph, head.center),
    ]);
    const exponent = graph.node('Min', [graph.node('Add', [mean, half]), scalar(graph, EXPONENT_MAX)]);
    return upTo(graph, graph.node('Mul', [graph.node('Sigmoid', [above]), graph.node('Exp', [exponent])]), head);
  },
};
