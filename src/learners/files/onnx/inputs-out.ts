/** Columns of a table as the standardised inputs of a linear model or a network, in an ONNX graph. */
import type { GraphBuilder } from './graph.ts';
import { attribute } from './proto.ts';

/** How one input is made; see `Input` of the linear models and `NetworkInput`. */
export interface OnnxInput {
  readonly feature: string;
  /** 'value' and 'piece': (t(x) - center) / scale, 0 where missing; 'missing' and 'category': of 1 or 0. */
  readonly role: 'value' | 'missing' | 'category' | 'piece';
  readonly category?: string;
  /** t is the signed log. */
  readonly log: boolean;
  readonly center: number;
  readonly scale: number;
  /** What is below or above is drawn in. */
  readonly low?: number;
  readonly high?: number;
}

export interface AddedInputs {
  /** Names of tensors [rows, some inputs], float64. */
  readonly tensors: readonly string[];
  /** [inputs] where in `inputs` each column of the tensors comes from. */
  readonly order: readonly number[];
}

/**
 * Adds the columns and what makes inputs of them. Arithmetic is in float64, so that a large mean costs no digits.
 *
 * @param texts features whose columns hold text
 */
export function addInputs(
  graph: GraphBuilder,
  inputs: readonly OnnxInput[],
  texts: ReadonlyMap<string, string>,
): AddedInputs {
  const numbered = inputs.map((input, j) => ({ ...input, j }));
  const ofNumbers = numbered.filter(({ feature }) => !texts.has(feature));
  const tensors: string[] = [];
  const order: number[] = [];
  const add = (tensor: string, part: readonly { j: number }[]): void => {
    tensors.push(tensor);
    order.push(...part.map(({ j }) => j));
  };
  const features = [...new Set(ofNumbers.map(({ feature }) => feature))];
  if (features.length > 0) {
    const columns = addNumbers(graph, features);
    const values = ofNumbers.filter(({ role }) => role !== 'missing');
    for (const log of [false, true]) {
      const part = values.filter((input) => input.log === log);
      if (part.length > 0) add(addValues(graph, columns, part, log), part);
    }
    const gaps = ofNumbers.filter(({ role }) => role === 'missing');
    if (gaps.length > 0) add(scaled(graph, picked(graph, columns.missing, gaps, columns), gaps), gaps);
  }
  for (const [feature, column] of texts) {
    const part = numbered.filter((input) => input.feature === feature);
    if (part.length > 0) add(addCategories(graph, column, part), part);
  }
  return { tensors, order };
}

interface NumberColumns {
  readonly features: readonly string[];
  /** [rows, features] float64: the values, 0 where missing; and 1 where missing. */
  readonly values: string;
  readonly missing: string;
}

function addNumbers(graph: GraphBuilder, features: readonly string[]): NumberColumns {
  const raw = graph.concat(features.map((feature) => graph.column(feature, 'float')));
  const isMissing = graph.node('Or', [graph.node('IsNaN', [raw]), graph.node('IsInf', [raw])]);
  const values = graph.node('Where', [isMissing, graph.constant([0], [1, 1], 'double'), graph.cast(raw, 'double')]);
  return { features, values, missing: graph.cast(isMissing, 'double') };
}

type Part = readonly (OnnxInput & { readonly j: number })[];

function picked(graph: GraphBuilder, tensor: string, part: Part, { features }: NumberColumns): string {
  const places = part.map(({ feature }) => features.indexOf(feature));
  return graph.node(
    'Gather',
    [tensor, graph.constant(places, [places.length], 'int64')],
    [attribute('axis', { i: 1 })],
  );
}

const row = (graph: GraphBuilder, values: readonly number[]): string =>
  graph.constant(values, [1, values.length], 'double');

/** (x - center) / scale, drawn in where there are bounds. */
function scaled(graph: GraphBuilder, x: string, part: Part): string {
  const centred = graph.node('Sub', [
    x,
    row(
      graph,
      part.map(({ center }) => center),
    ),
  ]);
  const made = graph.node('Div', [
    centred,
    row(
      graph,
      part.map(({ scale }) => scale),
    ),
  ]);
  if (part.every(({ low, high }) => low === undefined && high === undefined)) return made;
  const atLeast = graph.node('Max', [
    made,
    row(
      graph,
      part.map(({ low = -Number.MAX_VALUE }) => low),
    ),
  ]);
  return graph.node('Min', [
    atLeast,
    row(
      graph,
      part.map(({ high = Number.MAX_VALUE }) => high),
    ),
  ]);
}

function addValues(graph: GraphBuilder, columns: NumberColumns, part: Part, log: boolean): string {
  const x = picked(graph, columns.values, part, columns);
  const transformed = log
    ? graph.node('Mul', [
        graph.node('Sign', [x]),
        graph.node('Log', [graph.node('Add', [graph.node('Abs', [x]), graph.constant([1], [1, 1], 'double')])]),
      ])
    : x;
  const present = graph.node('Sub', [
    graph.constant([1], [1, 1], 'double'),
    picked(graph, columns.missing, part, columns),
  ]);
  return graph.node('Mul', [scaled(graph, transformed, part), present]);
}

/** A row of a table for each category, one for any other text and one for missing. */
function addCategories(graph: GraphBuilder, column: string, part: Part): string {
  const categories = [...new Set(part.flatMap(({ category }) => (category === undefined ? [] : [category])))];
  const codes = addCodes(graph, column, categories);
  const width = part.length;
  const table = new Float64Array((categories.length + 2) * width);
  for (const [p, { role, category, center, scale, low = -Infinity, high = Infinity }] of part.entries())
    for (let code = 0; code < categories.length + 2; code++) {
      const isMissing = code === categories.length + 1;
      const isHit = role === 'missing' ? isMissing : categories[code] === category;
      const value = isMissing && role === 'category' ? 0 : ((isHit ? 1 : 0) - center) / scale;
      table[code * width + p] = Math.min(high, Math.max(low, value));
    }
  const rows = graph.constant(table, [categories.length + 2, width], 'double');
  return graph.node('Gather', [rows, codes], [attribute('axis', { i: 0 })]);
}

/** [rows] number of the category; one more for any other text, two more for missing, which is empty text. */
export function addCodes(graph: GraphBuilder, column: string, categories: readonly string[]): string {
  const keys = categories.includes('') ? categories : [...categories, ''];
  const codes = graph.mlNode(
    'LabelEncoder',
    [column],
    [
      attribute('keys_strings', { strings: keys }),
      attribute('values_int64s', { ints: keys.map((key, c) => (c === categories.length && key === '' ? c + 1 : c)) }),
      attribute('default_int64', { i: categories.length }),
    ],
  );
  return graph.node('Reshape', [codes, graph.constant([-1], [1], 'int64')]);
}
