/**
 * The messages of an ONNX file, as far as models of tables need them.
 *
 * @see onnx.proto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, for names and numbers of the fields
 */
import type { Type } from 'protobufjs';

export const ELEMENT = { float: 1, int32: 6, int64: 7, string: 8, bool: 9, double: 11 } as const;
const ATTRIBUTE = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 } as const;

export interface Tensor {
  readonly name?: string;
  readonly dims?: readonly number[];
  readonly dataType?: number;
  readonly floatData?: readonly number[];
  readonly int32Data?: readonly number[];
  readonly int64Data?: readonly number[];
  readonly doubleData?: readonly number[];
  readonly stringData?: readonly Uint8Array[];
  readonly rawData?: Uint8Array;
}

export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly t?: Tensor;
  readonly floats?: readonly number[];
  readonly ints?: readonly number[];
  readonly strings?: readonly Uint8Array[];
}

export interface GraphNode {
  readonly opType: string;
  readonly domain?: string;
  readonly name?: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute?: readonly Attribute[];
}

export interface ValueInfo {
  readonly name: string;
  readonly type?: {
    readonly tensorType?: {
      readonly elemType: number;
      readonly shape?: { readonly dim?: readonly { readonly dimValue?: number; readonly dimParam?: string }[] };
    };
  };
}

export interface Graph {
  readonly name?: string;
  readonly node: readonly GraphNode[];
  readonly initializer?: readonly Tensor[];
  readonly input: readonly ValueInfo[];
  readonly output: readonly ValueInfo[];
}

export interface OnnxProto {
  readonly irVersion: number;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly opsetImport: readonly { readonly domain?: string; readonly version: number }[];
  readonly graph: Graph;
  readonly metadataProps?: readonly { readonly key: string; readonly value: string }[];
}

type Field = readonly [type: string, id: number, rule?: 'repeated'];
const many = (type: string, id: number): Field => [type, id, 'repeated'];

const MESSAGES: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  Model: {
    irVersion: ['int64', 1],
    producerName: ['string', 2],
    producerVersion: ['string', 3],
    domain: ['string', 4],
    modelVersion: ['int64', 5],
    docString: ['string', 6],
    graph: ['Graph', 7],
    opsetImport: many('OperatorSet', 8),
    metadataProps: many('Entry', 14),
  },
  OperatorSet: { domain: ['string', 1], version: ['int64', 2] },
  Entry: { key: ['string', 1], value: ['string', 2] },
  Graph: {
    node: many('Node', 1),
    name: ['string', 2],
    initializer: many('Tensor', 5),
    docString: ['string', 10],
    input: many('ValueInfo', 11),
    output: many('ValueInfo', 12),
    valueInfo: many('ValueInfo', 13),
  },
  Node: {
    input: many('string', 1),
    output: many('string', 2),
    name: ['string', 3],
    opType: ['string', 4],
    attribute: many('Attribute', 5),
    docString: ['string', 6],
    domain: ['string', 7],
  },
  Attribute: {
    name: ['string', 1],
    f: ['float', 2],
    i: ['int64', 3],
    s: ['bytes', 4],
    t: ['Tensor', 5],
    g: ['Graph', 6],
    floats: many('float', 7),
    ints: many('int64', 8),
    strings: many('bytes', 9),
    tensors: many('Tensor', 10),
    graphs: many('Graph', 11),
    type: ['int32', 20],
  },
  Tensor: {
    dims: many('int64', 1),
    dataType: ['int32', 2],
    floatData: many('float', 4),
    int32Data: many('int32', 5),
    stringData: many('bytes', 6),
    int64Data: many('int64', 7),
    name: ['string', 8],
    rawData: ['bytes', 9],
    doubleData: many('double', 10),
  },
  ValueInfo: { name: ['string', 1], type: ['ValueType', 2] },
  ValueType: {
    tensorType: ['TensorType', 1],
    sequenceType: ['SequenceType', 4],
    mapType: ['MapType', 5],
  },
  TensorType: { elemType: ['int32', 1], shape: ['Shape', 2] },
  SequenceType: { elemType: ['ValueType', 1] },
  MapType: { keyType: ['int32', 1], valueType: ['ValueType', 2] },
  Shape: { dim: many('Dim', 1) },
  Dim: { dimValue: ['int64', 1], dimParam: ['string', 2] },
};

let modelType: Promise<Type> | undefined;

/** The message of a whole file; the reader of the format is loaded on first use. */
function typeOf(): Promise<Type> {
  modelType ??= import('protobufjs').then(({ default: protobuf }) => {
    const root = new protobuf.Root();
    for (const [name, fields] of Object.entries(MESSAGES)) {
      const message = new protobuf.Type(name);
      for (const [field, [type, id, rule]] of Object.entries(fields)) {
        const numbers = rule === 'repeated' && /^(float|double|int32|int64)$/.test(type);
        message.add(new protobuf.Field(field, id, type, rule, undefined, numbers ? { packed: true } : {}));
      }
      root.add(message);
    }
    return root.lookupType('Model');
  });
  return modelType;
}

/** Bytes of an ONNX file. */
export async function encodeOnnx(model: OnnxProto): Promise<Uint8Array> {
  const type = await typeOf();
  return type.encode(type.fromObject(model as unknown as Record<string, unknown>)).finish();
}

/**
 * Reads an ONNX file; parts that it does not know are left out.
 *
 * @throws Error when the bytes are no such message
 */
export async function decodeOnnx(bytes: Uint8Array): Promise<OnnxProto> {
  const type = await typeOf();
  const read = type.toObject(type.decode(bytes), { longs: Number, arrays: true });
  return read as unknown as OnnxProto;
}

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

export const bytesOf = (text: string): Uint8Array => utf8.encode(text);
export const textOf = (bytes: Uint8Array): string => fromUtf8.decode(bytes);

type AttributeValue =
  | { f: number }
  | { i: number }
  | { s: string }
  | { t: Tensor }
  | { floats: ArrayLike<number> }
  | { ints: ArrayLike<number> }
  | { strings: readonly string[] };

/** An attribute of a node, its type by its key. */
export function attribute(name: string, value: AttributeValue): Attribute {
  if ('f' in value) return { name, type: ATTRIBUTE.float, f: value.f };
  if ('i' in value) return { name, type: ATTRIBUTE.int, i: value.i };
  if ('s' in value) return { name, type: ATTRIBUTE.string, s: bytesOf(value.s) };
  if ('t' in value) return { name, type: ATTRIBUTE.tensor, t: value.t };
  if ('floats' in value) return { name, type: ATTRIBUTE.floats, floats: Array.from(value.floats) };
  if ('ints' in value) return { name, type: ATTRIBUTE.ints, ints: Array.from(value.ints) };
  return { name, type: ATTRIBUTE.strings, strings: value.strings.map(bytesOf) };
}

/** Attributes of a node by name, with what is left out as empty. */
export function attributesOf(node: GraphNode) {
  const byName = new Map((node.attribute ?? []).map((own) => [own.name, own]));
  const doubles = (name: string): number[] | undefined => {
    const tensor = byName.get(`${name}_as_tensor`)?.t;
    return tensor === undefined ? undefined : tensorNumbers(tensor);
  };
  return {
    text: (name: string, standard = ''): string => {
      const own = byName.get(name)?.s;
      return own === undefined ? standard : textOf(own);
    },
    number: (name: string, standard: number): number => byName.get(name)?.i ?? byName.get(name)?.f ?? standard,
    numbers: (name: string): readonly number[] =>
      doubles(name) ?? [...(byName.get(name)?.floats ?? []), ...(byName.get(name)?.ints ?? [])],
    texts: (name: string): string[] => (byName.get(name)?.strings ?? []).map(textOf),
  };
}

/** Numbers of a tensor, wherever it keeps them. */
export function tensorNumbers(tensor: Tensor): number[] {
  const { rawData, dataType } = tensor;
  if (rawData === undefined || rawData.length === 0)
    return [
      ...(tensor.floatData ?? []),
      ...(tensor.doubleData ?? []),
      ...(tensor.int64Data ?? []),
      ...(tensor.int32Data ?? []),
    ];
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  const read: Readonly<Record<number, readonly [size: number, at: (offset: number) => number]>> = {
    [ELEMENT.float]: [4, (at) => view.getFloat32(at, true)],
    [ELEMENT.double]: [8, (at) => view.getFloat64(at, true)],
    [ELEMENT.int32]: [4, (at) => view.getInt32(at, true)],
    [ELEMENT.int64]: [8, (at) => Number(view.getBigInt64(at, true))],
  };
  const [size, at] = read[dataType ?? 0] ?? [0, () => 0];
  return size === 0 ? [] : Array.from({ length: rawData.length / size }, (_, i) => at(i * size));
}
