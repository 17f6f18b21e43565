/** Writing an ONNX graph step by step: columns come in, one a feature; tensors go from node to node by name. */
import {
  type Attribute,
  attribute,
  ELEMENT,
  type GraphNode,
  type OnnxProto,
  type Tensor,
  type ValueInfo,
} from './proto.ts';

const OPSET = 17;
const ML_OPSET = 3;
const IR_VERSION = 8;
const ROWS = 'rows';

export type Element = keyof typeof ELEMENT;

export class GraphBuilder {
  readonly #nodes: GraphNode[] = [];
  readonly #constants: Tensor[] = [];
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  #count = 0;

  /** A column of the table as input [rows, 1]: float32, NaN where it is missing; of text a string, empty where missing. */
  column(name: string, element: 'float' | 'string'): string {
    this.#inputs.push(valueInfo(name, element, 1));
    return name;
  }

  /** Adds a node with one output and returns the output's name. */
  node(
    opType: string,
    input: readonly string[],
    attributes: readonly Attribute[] = [],
    output = this.#name(opType),
  ): string {
    this.#nodes.push({ opType, input, output: [output], attribute: attributes, name: output });
    return output;
  }

  /** The same for an operator of ai.onnx.ml. */
  mlNode(
    opType: string,
    input: readonly string[],
    attributes: readonly Attribute[],
    output = this.#name(opType),
  ): string {
    this.#nodes.push({ opType, domain: 'ai.onnx.ml', input, output: [output], attribute: attributes, name: output });
    return output;
  }

  constant(values: ArrayLike<number>, dims: readonly number[], element: 'double' | 'float' | 'int64'): string {
    const name = this.#name('c');
    const data = Array.from(values);
    this.#constants.push({
      ...{ name, dims, dataType: ELEMENT[element] },
      ...(element === 'double'
        ? { doubleData: data }
        : element === 'float'
          ? { floatData: data }
          : { int64Data: data }),
    });
    return name;
  }

  cast(input: string, to: Element): string {
    return this.node('Cast', [input], [attribute('to', { i: ELEMENT[to] })]);
  }

  /** Side by side along the columns. */
  concat(inputs: readonly string[]): string {
    return inputs.length === 1 ? inputs[0]! : this.node('Concat', inputs, [attribute('axis', { i: 1 })]);
  }

  /** Names `input` as an output [rows, width], or [rows] where no width is given. */
  output(input: string, name: string, element: Element, width?: number): void {
    this.node('Identity', [input], [], name);
    this.#outputs.push(valueInfo(name, element, width));
  }

  done(producerVersion: string, metadata: Readonly<Record<string, string>>): OnnxProto {
    return {
      ...{ irVersion: IR_VERSION, producerName: 'tierwise', producerVersion },
      opsetImport: [
        { domain: '', version: OPSET },
        { domain: 'ai.onnx.ml', version: ML_OPSET },
      ],
      graph: {
        name: 'tierwise',
        node: this.#nodes,
        initializer: this.#constants,
        input: this.#inputs,
        output: this.#outputs,
      },
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    };
  }

  #name(hint: string): string {
    return `tierwise/${hint}_${this.#count++}`;
  }
}

function valueInfo(name: string, element: Element, width: number | undefined): ValueInfo {
  const dim = [{ dimParam: ROWS }, ...(width === undefined ? [] : [{ dimValue: width }])];
  return { name, type: { tensorType: { elemType: ELEMENT[element], shape: { dim } } } };
}
