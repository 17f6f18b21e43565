/** An ONNX file opened: what goes in, what comes out, and its model in our own format where that can hold it. */
import { known } from '#errors.ts';
import type { Fitted } from '../../learner.ts';
import type { ModelCard } from '../card.ts';
import { linearOf } from './linear-in.ts';
import { attributesOf, decodeOnnx, ELEMENT, encodeOnnx, type GraphNode, type OnnxProto } from './proto.ts';
import type { OnnxInputPort } from './runtime.ts';
import { ensembleOf } from './trees-in.ts';

export interface OnnxFile {
  readonly file: string;
  readonly ports: readonly OnnxInputPort[];
  /** Names of the classes; empty of numbers. */
  readonly classes: readonly string[];
  /** The card of a file that Tierwise wrote. */
  readonly card: Pick<ModelCard, 'label' | 'task' | 'features'> | undefined;
  readonly proto: OnnxProto;
}

/**
 * Reads an ONNX file.
 *
 * @param file for messages
 * @throws ONNX_FILE_WRONG
 */
export async function readOnnx(bytes: Uint8Array, file: string): Promise<OnnxFile> {
  let read: OnnxProto;
  try {
    read = await decodeOnnx(bytes);
  } catch (cause) {
    throw known('ONNX_FILE_WRONG', { file, reason: `it is no ONNX file: ${(cause as Error).message}` }, cause);
  }
  if (read.graph === undefined || read.graph.node.length === 0)
    throw known('ONNX_FILE_WRONG', { file, reason: 'it is no ONNX file: it has no graph' });
  const constants = new Set((read.graph.initializer ?? []).map(({ name }) => name));
  const ports = read.graph.input
    .filter(({ name }) => !constants.has(name))
    .map(({ name, type }) => {
      const dims = type?.tensorType?.shape?.dim ?? [];
      const width = dims.length < 2 ? 1 : dims[1]?.dimValue || undefined;
      return { name, element: type?.tensorType?.elemType ?? 0, width };
    });
  const known32: readonly number[] = Object.values(ELEMENT);
  const odd = ports.find(({ element }) => !known32.includes(element) || element === ELEMENT.bool);
  if (ports.length === 0 || odd !== undefined)
    throw known('ONNX_FILE_WRONG', { file, reason: `its input ${odd?.name ?? ''} is no tensor of numbers or text` });
  const metadata = new Map((read.metadataProps ?? []).map(({ key, value }) => [key, value]));
  return { file, ports, classes: classesOf(read, metadata), card: cardOf(metadata), proto: read };
}

/** Our own model of the file's, or why there is none: then it needs the runtime. */
export type Imported = { readonly model: Fitted } | { readonly reason: string };

/**
 * Takes over ensembles of trees and linear models of ai.onnx.ml: they predict without a runtime and can be explained.
 *
 * @param features names of the columns, in the order of the ports
 */
export function importOnnx({ proto: { graph }, ports }: OnnxFile, features: readonly string[]): Imported {
  const mains = graph.node.filter(({ opType }) => MAINS.test(opType));
  const [main] = mains;
  if (main === undefined || mains.length > 1)
    return { reason: 'it holds not just one ensemble of trees or linear model' };
  const before = chainBefore(graph.node, main, ports);
  if (before.reason !== undefined) return { reason: before.reason };
  const after = graph.node.find((node) => node !== main && !before.nodes.has(node) && !PASSES.has(node.opType));
  if (after !== undefined) return { reason: `it goes on with ${after.opType}` };
  const isFloat = ports.every(({ element }) => element !== ELEMENT.double);
  return main.opType.startsWith('Tree')
    ? before.scaler === undefined
      ? ensembleOf(main, features, isFloat)
      : { reason: 'it scales what the trees read' }
    : linearOf(main, features, before.scaler);
}

const MAINS = /^(TreeEnsemble|Linear)(Classifier|Regressor)$/;
/** What does not change chances and numbers: the scores of a classifier add up to one. */
const PASSES: ReadonlySet<string> = new Set(['Identity', 'Cast', 'ZipMap', 'Normalizer']);

export interface Scaler {
  readonly offset: readonly number[];
  readonly scale: readonly number[];
}

function chainBefore(nodes: readonly GraphNode[], main: GraphNode, ports: readonly OnnxInputPort[]) {
  const byOutput = new Map(nodes.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const passed = new Set<GraphNode>();
  let scaler: Scaler | undefined;
  let at = main.input[0]!;
  for (;;) {
    const node = byOutput.get(at);
    if (node === undefined) {
      const isWhole = ports.length === 1 && ports[0]!.name === at;
      return isWhole ? { nodes: passed, scaler } : { reason: 'it reads its inputs in a way of its own' };
    }
    passed.add(node);
    if (node.opType === 'Concat') {
      const isInOrder = node.input.length === ports.length && ports.every(({ name }, p) => node.input[p] === name);
      return isInOrder ? { nodes: passed, scaler } : { reason: 'it reads its inputs in a way of its own' };
    }
    if (node.opType === 'Scaler' && scaler === undefined) {
      const { numbers } = attributesOf(node);
      scaler = { offset: numbers('offset'), scale: numbers('scale') };
    } else if (node.opType !== 'Identity' && node.opType !== 'Cast') return { reason: `it begins with ${node.opType}` };
    at = node.input[0]!;
  }
}

/** Names of the classes, as the file tells them. */
function classesOf({ graph }: OnnxProto, metadata: ReadonlyMap<string, string>): string[] {
  const own = metadata.get('classes');
  if (own !== undefined) {
    try {
      const read: unknown = JSON.parse(own);
      if (Array.isArray(read) && read.every((name) => typeof name === 'string')) return read;
    } catch {
      // another program's entry of that name: the nodes tell
    }
  }
  for (const node of graph.node) {
    const { texts, numbers } = attributesOf(node);
    for (const name of ['classlabels_strings', 'classlabels_int64s', 'classlabels_ints']) {
      const found = [...texts(name), ...numbers(name).map(String)];
      if (found.length > 1) return found;
    }
  }
  return [];
}

function cardOf(metadata: ReadonlyMap<string, string>): OnnxFile['card'] {
  try {
    const card = JSON.parse(metadata.get('card') ?? 'null') as ModelCard | null;
    const isOurs = typeof card?.label === 'string' && typeof card.task === 'string' && Array.isArray(card.features);
    return isOurs ? card : undefined;
  } catch {
    return undefined;
  }
}

/** The file for the runtime: a map of chances by class, which it cannot hand over, is given as the tensor before it. */
export async function runnable({ proto }: OnnxFile, bytes: Uint8Array): Promise<Uint8Array> {
  const { graph } = proto;
  const maps = graph.node.filter(({ opType }) => opType === 'ZipMap');
  if (maps.length === 0) return bytes;
  const inside = new Map(maps.map(({ input, output }) => [output[0]!, input[0]!]));
  return encodeOnnx({
    ...proto,
    graph: {
      ...graph,
      node: graph.node.filter(({ opType }) => opType !== 'ZipMap'),
      output: graph.output.map((info) => {
        const name = inside.get(info.name);
        return name === undefined ? info : { name, type: { tensorType: { elemType: ELEMENT.float } } };
      }),
    },
  });
}
