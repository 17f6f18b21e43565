/** Any ONNX graph over a table, run by onnxruntime-node where that optional package is installed. */
import type { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { known } from '#errors.ts';
import { type Table, textAt } from '#table/index.ts';
import { ELEMENT } from './proto.ts';

export interface OnnxInputPort {
  readonly name: string;
  readonly element: number;
  /** Columns that it takes; undefined where the file does not say. */
  readonly width: number | undefined;
}

type Runtime = typeof import('onnxruntime-node');

/** @throws ONNX_RUNTIME_MISSING */
async function runtimeOf(file: string): Promise<Runtime> {
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    throw known('ONNX_RUNTIME_MISSING', { file, reason: (cause as Error).message.split('\n')[0] ?? '' }, cause);
  }
}

const ROWS_AT_ONCE = 65_536;
const SEVERITY_ERROR = 3;

/** A graph that is loaded. */
export interface OnnxSession {
  /** Output tensors of the rows of `data`, by name: numbers [rows x width] row-major, or texts. */
  run(data: Table): Promise<ReadonlyMap<string, RuntimeOutput>>;
}

export interface RuntimeOutput {
  readonly width: number;
  readonly values: Float64Array | readonly string[];
}

/**
 * Loads a graph.
 *
 * @param feeds what each input is fed: the features, side by side where the input is a matrix
 * @throws ONNX_RUNTIME_MISSING, ONNX_FILE_WRONG
 */
export async function openSession(
  bytes: Uint8Array,
  file: string,
  feeds: readonly { port: OnnxInputPort; features: readonly string[] }[],
): Promise<OnnxSession> {
  const runtime = await runtimeOf(file);
  const refuse = (cause: unknown): never => {
    throw known('ONNX_FILE_WRONG', { file, reason: (cause as Error).message.split('\n')[0] ?? '' }, cause);
  };
  const session: InferenceSession = await runtime.InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    logSeverityLevel: SEVERITY_ERROR,
  }).catch(refuse);
  return {
    run: async (data) => {
      const parts = new Map<string, { width: number; values: (Float64Array | readonly string[])[] }>();
      for (let from = 0; from < data.length; from += ROWS_AT_ONCE) {
        const count = Math.min(ROWS_AT_ONCE, data.length - from);
        const fed = Object.fromEntries(
          feeds.map((feed) => [feed.port.name, fill(runtime, data, feed, { from, count })]),
        );
        const made = await session.run(fed).catch(refuse);
        for (const [name, tensor] of Object.entries(made)) {
          const width = tensor.dims.length < 2 ? 1 : tensor.dims.slice(1).reduce((a, b) => a * b, 1);
          const part = parts.get(name) ?? { width, values: [] };
          part.values.push(valuesOf(tensor));
          parts.set(name, part);
        }
      }
      return new Map([...parts].map(([name, { width, values }]) => [name, { width, values: joined(values) }]));
    },
  };
}

function fill(
  runtime: Runtime,
  data: Table,
  { port, features }: { port: OnnxInputPort; features: readonly string[] },
  { from, count }: { from: number; count: number },
): RuntimeTensor {
  const dims = [count, features.length];
  if (port.element === ELEMENT.string) {
    const texts = features.map((feature) => {
      const column = data.columns[feature]!;
      return (i: number) =>
        column.kind === 'text' ? (textAt(column, from + i) ?? '') : String(column.values[from + i]);
    });
    const cells = Array.from({ length: count * features.length }, (_, at) =>
      texts[at % features.length]!(Math.floor(at / features.length)),
    );
    return new runtime.Tensor('string', cells, dims);
  }
  const cells = new Float64Array(count * features.length);
  for (const [j, feature] of features.entries()) {
    const column = data.columns[feature]!;
    for (let i = 0; i < count; i++)
      cells[i * features.length + j] =
        column.kind === 'text' || column.valid?.[from + i] === 0 ? Number.NaN : column.values[from + i]!;
  }
  if (port.element === ELEMENT.double) return new runtime.Tensor('float64', cells, dims);
  if (port.element === ELEMENT.int64)
    return new runtime.Tensor(
      'int64',
      BigInt64Array.from(cells, (x) => BigInt(Number.isFinite(x) ? Math.trunc(x) : 0)),
      dims,
    );
  if (port.element === ELEMENT.int32) return new runtime.Tensor('int32', Int32Array.from(cells), dims);
  return new runtime.Tensor('float32', Float32Array.from(cells), dims);
}

function valuesOf(tensor: RuntimeTensor): Float64Array | readonly string[] {
  if (tensor.type === 'string') return tensor.data as string[];
  return Float64Array.from(tensor.data as ArrayLike<number>, Number);
}

function joined(parts: readonly (Float64Array | readonly string[])[]): Float64Array | readonly string[] {
  if (parts.length === 1) return parts[0]!;
  if (parts.some((part) => Array.isArray(part))) return (parts as readonly (readonly string[])[]).flat();
  const out = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts as readonly Float64Array[]) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
