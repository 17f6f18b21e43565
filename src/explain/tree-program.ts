/**
 * A tree ensemble laid out for the attribution kernels.
 *
 * The method. A tree's expectation when each feature is known with chance t (else rows go down both sides by cover) is a
 * polynomial of t: a leaf counts by the product over the features of its path of `t o + (1 - t) z`, where o is 1 if the row
 * takes this feature's turns, and z is the share of cover that does. A feature's Shapley value is the integral over t of the
 * change that knowing it makes (Owen 1972), and Gauss-Legendre quadrature of half as many points as a path has features
 * is exact for it. At one t a split with children's expectations L, R, factor f of its left side and product P of the
 * factors above gives the expectation `R + f (L - R)` and adds `P (L - R) (o - z)` to its feature: a walk down and up the
 * tree, and no subtraction of like numbers. That is one multiplication of splits x points for a row, as in Linear
 * TreeSHAP, which keeps polynomials instead of values.
 *
 * A feature asked again further down: with o, z of its turns so far, F = t o + (1 - t) z, the left side's factor becomes
 * relative, f = (t o o' + (1 - t) z z') / F, and its share `P (L - R) ((o o' - z z') - (o - z) f) / F`; it is 0 where o is.
 *
 * @see Owen (1972), Management Science 18(5); Lundberg et al. (2020), Nature Machine Intelligence 2;
 *   Yu et al. (2022), Linear TreeShap, NeurIPS
 *
 * Layout, little-endian. A tree: i32 points n, i32 root, i32 output, i32 bytes; f64 weights [n], points [n]; records of
 * the splits. A record: i32 flags, column, left, right, feature, depth of the split that asked the feature before, words of the
 * category set, category set; f64 threshold, left value, right value, then two constants and [n]-vectors:
 *   plain split: 1 - z, -z; (1 - t) z
 *   AGAIN: z', unused; f at o' = 0, f at o' = 1, share at o' = 1, share at o' = 0 (all at o = 1)
 *   STUMP (both children leaves, feature not asked before): (1 - z)(L - R), -z (L - R); R + (1 - t) z (L - R), t (L - R)
 * TWIG: a plain split whose children are stumps. Addresses are relative to the program.
 */
import { gaussLegendre, type Quadrature } from '#kernels/quadrature.ts';
import type { Tree, TreeEnsemble } from '#learners/index.ts';

const CATEGORY = 1;
const AGAIN = 2;
const MISSING_LEFT = 4;
const LEFT_LEAF = 8;
const RIGHT_LEAF = 16;
const STUMP = 32;
const TWIG = 64;
const HEAD = 72;

/** A tree of the program. */
export interface TreePart {
  readonly tree: Tree;
  readonly plan: Plan;
  /** The raw score that it adds to. */
  readonly output: number;
  readonly leafValue: (leaf: number) => number;
  /** Byte where it begins. */
  readonly at: number;
}

export interface TreeProgram {
  readonly bytes: Uint8Array;
  readonly parts: readonly TreePart[];
  /** Trees in the program: those with a split; a forest has each once a class. */
  readonly trees: number;
  /** Splits on the longest path, and points of the tree that needs most. */
  readonly depthMax: number;
  readonly pointsMax: number;
  /** [width] expected raw score by cover: the mean over the training rows. */
  readonly expected: Float64Array;
}

/** Share of the cover of split `s` that goes left; a half where there is no cover. */
export function leftShare(tree: Tree, s: number): number {
  const of = (child: number) => (child < 0 ? tree.leafCover[-1 - child]! : tree.splitCover[child]!);
  const [left, right] = [of(tree.left[s]!), of(tree.right[s]!)];
  return left + right > 0 ? left / (left + right) : 0.5;
}

/** One split on its way into the program. */
export interface Split {
  readonly s: number;
  readonly depth: number;
  /** Depth of the split above on the same feature, -1 where there is none. */
  readonly before: number;
  /** Share of cover that takes the turns of this feature above; 1 where there are none. */
  readonly shareBefore: number;
  readonly flags: number;
  readonly set: readonly number[] | null;
  /** Bytes from the tree's begin. */
  at: number;
  setAt: number;
}

/** A tree's splits in the order of the walk, what they need, and their place by number. */
export interface Plan {
  readonly splits: readonly Split[];
  readonly placeOf: ReadonlyMap<number, Split>;
  readonly points: number;
  readonly depth: number;
  readonly bytes: number;
}

const programs = new WeakMap<TreeEnsemble, TreeProgram>();

/** The model's program, laid out once. */
export function programOf(model: TreeEnsemble): TreeProgram {
  const found = programs.get(model) ?? treeProgram(model);
  programs.set(model, found);
  return found;
}

function treeProgram({ base, width, average, trees }: TreeEnsemble): TreeProgram {
  const expected = Float64Array.from(base);
  const columns = average ? width : 1;
  const scale = average ? 1 / trees.length : 1;
  const parts: TreePart[] = [];
  let at = 0;
  for (const [t, tree] of trees.entries()) {
    const plan = planOf(tree);
    for (let k = 0; k < columns; k++) {
      const output = average ? k : t % width;
      const leafValue = (leaf: number) => scale * tree.value[leaf * columns + k]!;
      expected[output]! += expectation(tree, leafValue);
      if (plan.splits.length === 0) continue;
      parts.push({ tree, plan, output, leafValue, at });
      at += plan.bytes;
    }
  }
  const bytes = new Uint8Array(at);
  for (const part of parts) write(new DataView(bytes.buffer, part.at, part.plan.bytes), part);
  return {
    bytes,
    parts,
    trees: parts.length,
    depthMax: parts.reduce((most, { plan }) => Math.max(most, plan.depth), 0),
    pointsMax: parts.reduce((most, { plan }) => Math.max(most, plan.points), 0),
    expected,
  };
}

function expectation(tree: Tree, leafValue: (leaf: number) => number): number {
  const below = (node: number): number => {
    if (node < 0) return leafValue(-1 - node);
    const share = leftShare(tree, node);
    return share * below(tree.left[node]!) + (1 - share) * below(tree.right[node]!);
  };
  return below(tree.feature.length === 0 ? -1 : 0);
}

function planOf(tree: Tree): Plan {
  const splits: Split[] = [];
  const placeOf = new Map<number, Split>();
  const shares = new Map<number, { depth: number; share: number }>();
  let [unique, deepest] = [0, 0];
  const isStump = (s: number) => s >= 0 && tree.left[s]! < 0 && tree.right[s]! < 0 && !shares.has(tree.feature[s]!);
  const visit = (s: number, depth: number): void => {
    if (s < 0) return;
    const feature = tree.feature[s]!;
    const [left, right] = [tree.left[s]!, tree.right[s]!];
    const above = shares.get(feature);
    const set = tree.leftSets?.[s] ?? null;
    let flags = (set === null ? 0 : CATEGORY) | (tree.missingLeft[s] === 1 ? MISSING_LEFT : 0);
    flags |= (left < 0 ? LEFT_LEAF : 0) | (right < 0 ? RIGHT_LEAF : 0);
    const [before, shareBefore] = [above?.depth ?? -1, above?.share ?? 1];
    const own = leftShare(tree, s);
    const plain = above === undefined;
    if (!plain) flags |= AGAIN;
    else if (left < 0 && right < 0) flags |= STUMP;
    shares.set(feature, { depth, share: shareBefore * own });
    if (plain && isStump(left) && isStump(right)) flags |= TWIG;
    const split: Split = { s, depth, before, shareBefore, flags, set, at: 0, setAt: 0 };
    splits.push(split);
    placeOf.set(s, split);
    unique = Math.max(unique, shares.size);
    deepest = Math.max(deepest, depth + 1);
    visit(left, depth + 1);
    shares.set(feature, { depth, share: shareBefore * (1 - own) });
    visit(right, depth + 1);
    if (above === undefined) shares.delete(feature);
    else shares.set(feature, above);
  };
  visit(tree.feature.length === 0 ? -1 : 0, 0);
  const points = Math.max(1, Math.ceil(unique / 2));
  let at = 16 + 16 * points;
  for (const split of splits) {
    split.at = at;
    at += HEAD + 8 * points * (split.flags & AGAIN ? 4 : split.flags & STUMP ? 2 : 1);
  }
  for (const split of splits) {
    split.setAt = at;
    if (split.set !== null) at += 8 * Math.ceil(wordsOf(split.set) / 2);
  }
  return { splits, placeOf, points, depth: deepest, bytes: at };
}

const wordsOf = (set: readonly number[]): number => (set.length === 0 ? 0 : (Math.max(...set) >>> 5) + 1);

const rules: Quadrature[] = [];
/** The rule of so many points, made once. */
export const ruleOf = (points: number): Quadrature => (rules[points] ??= gaussLegendre(points));

function write(view: DataView, { at: from, plan, tree, output, leafValue }: TreePart): void {
  const n = plan.points;
  const rule = ruleOf(n);
  const whole = (at: number, value: number) => view.setInt32(at, value, true);
  const real = (at: number, value: number) => view.setFloat64(at, value, true);
  for (const [i, value] of [n, from + plan.splits[0]!.at, output, plan.bytes].entries()) whole(4 * i, value);
  for (let t = 0; t < n; t++) {
    real(16 + 8 * t, rule.weights[t]!);
    real(16 + 8 * (n + t), rule.points[t]!);
  }
  for (const split of plan.splits) {
    const { at, s, flags, set } = split;
    const [left, right] = [tree.left[s]!, tree.right[s]!];
    const place = (child: number) => (child < 0 ? 0 : from + plan.placeOf.get(child)!.at);
    const value = (child: number) => (child < 0 ? leafValue(-1 - child) : 0);
    const feature = tree.feature[s]!;
    const column = 2 * feature + (set === null && tree.missingLeft[s] !== 1 ? 1 : 0);
    const words = set === null ? 0 : wordsOf(set);
    const heads = [flags, column, place(left), place(right), feature, split.before, words, from + split.setAt];
    for (const [i, head] of heads.entries()) whole(at + 4 * i, head);
    real(at + 32, tree.threshold[s]!);
    real(at + 40, value(left));
    real(at + 48, value(right));
    for (const [i, constant] of constantsOf(split, leftShare(tree, s), value(left), value(right), rule).entries())
      real(at + 56 + 8 * i, constant);
    for (const code of set ?? []) {
      const word = split.setAt + 4 * (code >>> 5);
      whole(word, view.getInt32(word, true) | (1 << (code & 31)));
    }
  }
}

/** The two constants of a record and its vectors, see the layout above. */
function constantsOf(split: Split, z: number, left: number, right: number, { points }: Quadrature): number[] {
  const t = Array.from(points);
  if (split.flags & AGAIN) {
    const above = split.shareBefore;
    const whole = t.map((u) => u + (1 - u) * above);
    const f0 = t.map((u, i) => ((1 - u) * above * z) / whole[i]!);
    const f1 = t.map((u, i) => (u + (1 - u) * above * z) / whole[i]!);
    const share = (o: number, f: readonly number[]) =>
      t.map((_, i) => (o - above * z - (1 - above) * f[i]!) / whole[i]!);
    return [z, 0, ...f0, ...f1, ...share(1, f1), ...share(0, f0)];
  }
  if (split.flags & STUMP) {
    const d = left - right;
    return [(1 - z) * d, -z * d, ...t.map((u) => right + (1 - u) * z * d), ...t.map((u) => u * d)];
  }
  return [1 - z, -z, ...t.map((u) => (1 - u) * z)];
}
