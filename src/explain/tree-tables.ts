/**
 * Attributions of many rows by tables of subtrees.
 *
 * What a leaf adds to the attributions depends only on which features of its path a row agrees with. So a tree is cut into
 * groups, subtrees whose path above asks u features and which have s splits of their own, with u + s at most `BITS`, and a
 * table holds for each of the 2^(u + s) ways to agree and to turn what the group adds to each of its features. A row then
 * costs one look-up a group instead of a walk. Tables take as long to fill as some 600 rows take to walk.
 *
 * @see Yang (2021), Fast TreeSHAP v2, arXiv 2109.09847, for tables by subsets of a path; `tree-program.ts` for their content
 *
 * Layout, little-endian words of i32. A tree: points n, bytes, depths, output, byte of its tables, 0; f64 weights and points, each padded to
 * an even number; then operations until a 0, each of kind, words, depth:
 *   LEFT: position of the feature's bit, 1 if it has one from above, split; RIGHT: position, 1 if it has one from above
 *   GROUP: u, s, columns, table, record of its top split (0: a leaf), bits of features asked again inside, 0, f64 value of
 *     the leaf; f64 [u] share of cover by bit; [depth] position of the bit asked at each depth; [s] splits; [columns] features
 * A split: column, rank of the threshold + m, m = 1 where missing goes left, words of the category set (-1: a number), set.
 */
import type { Tree, TreeEnsemble } from '#learners/index.ts';
import { leftShare, ruleOf, type TreePart, type TreeProgram } from './tree-program.ts';

const LEFT = 1;
const RIGHT = 2;
const GROUP = 3;

/** Most bits of a table's index. */
const BITS = 9;
/** Most numbers in the tables of one tree: 16 MB. */
const NUMBERS_MAX = 2 ** 21;
const DEPTH_MAX = 200;
const RANKS_MAX = 65_000;

export interface TabledTree {
  readonly part: TreePart;
  readonly words: Uint8Array;
  /** f64 numbers of its tables. */
  readonly numbers: number;
  readonly depth: number;
}

function ranksOf({ inputs, trees }: TreeEnsemble): Float64Array[] | undefined {
  const found = inputs.map(() => new Set<number>());
  for (const tree of trees)
    for (let s = 0; s < tree.feature.length; s++)
      if (!tree.leftSets?.[s]) found[tree.feature[s]!]!.add(tree.threshold[s]!);
  const ranks = found.map((set) => Float64Array.from(set).sort());
  return ranks.some((rising) => rising.length > RANKS_MAX) ? undefined : ranks;
}

/**
 * Lays out the tables of a tree.
 *
 * @returns nothing where some path asks too many features for a table
 */
function tabled(part: TreePart, ranks: readonly Float64Array[]): TabledTree | undefined {
  const { tree, plan } = part;
  const words: number[] = [];
  const below = splitCounts(tree);
  const path = new Map<number, { readonly bit: number; readonly share: number }>();
  const asked: number[] = [];
  let [numbers, deepest] = [0, 0];

  const splitWords = (s: number): number[] => {
    const { set, setAt } = plan.placeOf.get(s)!;
    const feature = tree.feature[s]!;
    const missing = tree.missingLeft[s] === 1 ? 1 : 0;
    if (set !== null) return [feature, 0, missing, wordsOf(set), part.at + setAt];
    return [feature, rankOf(ranks[feature]!, tree.threshold[s]!) + missing, missing, -1, 0];
  };
  const group = (node: number): void => {
    const inside = node < 0 ? [] : splitsBelow(tree, node);
    const bits = [...path];
    const features = [...new Set([...bits.map(([feature]) => feature), ...inside.map((s) => tree.feature[s]!)])];
    let again = 0;
    for (const s of inside) again |= 1 << (path.get(tree.feature[s]!)?.bit ?? 31);
    const leaf = floatWords([node < 0 ? part.leafValue(-1 - node) : 0]);
    const record = node < 0 ? 0 : part.at + plan.placeOf.get(node)!.at;
    const shares = floatWords(bits.map(([, { share }]) => share));
    const body = [
      asked.length,
      bits.length,
      inside.length,
      features.length,
      8 * numbers,
      record,
      again & 0x7fff_ffff,
      0,
    ];
    const all = [...body, ...leaf, ...shares, ...asked, ...inside.flatMap(splitWords), ...features];
    words.push(GROUP, all.length + 2, ...all);
    numbers += features.length * 2 ** (bits.length + inside.length);
    deepest = Math.max(deepest, asked.length);
  };
  const visit = (node: number): boolean => {
    if (path.size + (node < 0 ? 0 : below[node]!) <= BITS) {
      group(node);
      return numbers <= NUMBERS_MAX;
    }
    if (node < 0 || asked.length >= DEPTH_MAX) return false;
    const feature = tree.feature[node]!;
    const above = path.get(feature);
    const bit = above?.bit ?? path.size;
    const own = leftShare(tree, node);
    const before = above?.share ?? 1;
    const again = above === undefined ? 0 : 1;
    words.push(LEFT, 10, asked.length, bit, again, ...splitWords(node));
    asked.push(bit);
    path.set(feature, { bit, share: before * own });
    if (!visit(tree.left[node]!)) return false;
    words.push(RIGHT, 5, asked.length - 1, bit, again);
    path.set(feature, { bit, share: before * (1 - own) });
    if (!visit(tree.right[node]!)) return false;
    asked.pop();
    if (above === undefined) path.delete(feature);
    else path.set(feature, above);
    return true;
  };
  if (!visit(0)) return undefined;
  return { part, words: headed(part, words, deepest), numbers, depth: deepest };
}

function headed({ plan, output }: TreePart, operations: readonly number[], deepest: number): Uint8Array {
  const rule = ruleOf(plan.points);
  const even = (of: Float64Array, pad: number) => floatWords(of.length % 2 === 0 ? [...of] : [...of, pad]);
  const body = [...even(rule.weights, 0), ...even(rule.points, 0.5), ...operations, 0];
  const bytes = 24 + 4 * body.length;
  return new Uint8Array(Int32Array.from([plan.points, bytes, deepest + 1, output, 0, 0, ...body]).buffer);
}

const floatWords = (values: readonly number[]): number[] => [...new Int32Array(Float64Array.from(values).buffer)];

const wordsOf = (set: readonly number[]): number => (set.length === 0 ? 0 : (Math.max(...set) >>> 5) + 1);

/** How many of rising numbers are below a value. */
export function rankOf(rising: Float64Array, value: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rising[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The splits of a subtree in the order of the walk. */
function splitsBelow(tree: Tree, node: number): number[] {
  if (node < 0) return [];
  return [node, ...splitsBelow(tree, tree.left[node]!), ...splitsBelow(tree, tree.right[node]!)];
}

function splitCounts(tree: Tree): Int32Array {
  const out = new Int32Array(tree.feature.length);
  const count = (node: number): number => {
    if (node < 0) return 0;
    out[node] = 1 + count(tree.left[node]!) + count(tree.right[node]!);
    return out[node];
  };
  count(0);
  return out;
}

/** Bytes that a thread needs to fill the tables of a tree, and to look rows up `block` at a time. */
export function scratchBytesOf({ part, depth }: TabledTree, features: number, block: number): number {
  const vector = 8 * (part.plan.points + 1);
  const fill = 1024 + 4 * (features + 1) + (64 + BITS + 2 + (BITS + 1) * 2 ** BITS) * vector;
  return 64 * Math.ceil(Math.max(fill, 4 * block + 2 * block * (2 * depth + 6)) / 64);
}

export interface Tabled {
  readonly tables: readonly TabledTree[];
  /** Trees that no tables can hold. */
  readonly others: readonly TreePart[];
  /** Rising thresholds of each input; a number's code is how many are below it. */
  readonly ranks: readonly Float64Array[];
}

const known = new WeakMap<TreeProgram, Tabled>();

/**
 * The tables of a model, laid out once.
 *
 * @returns nothing where an input has more thresholds than codes
 */
export function tablesOf(model: TreeEnsemble, program: TreeProgram): Tabled | undefined {
  const found = known.get(program);
  if (found !== undefined) return found;
  const ranks = ranksOf(model);
  if (ranks === undefined) return undefined;
  const all = program.parts.map((part) => tabled(part, ranks));
  const made: Tabled = {
    tables: all.filter((tree) => tree !== undefined),
    others: program.parts.filter((_, i) => all[i] === undefined),
    ranks,
  };
  known.set(program, made);
  return made;
}
