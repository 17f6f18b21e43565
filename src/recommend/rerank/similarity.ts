/** How alike two products are, for lists that should not show the same thing twelve times. */

/** Likeness of products `a` and `b`, 0 to 1; symmetric, 1 of a product with itself. */
export type Similarity = (a: number, b: number) => number;

/** Of two products in the very same category: alike, but not the same. Keeps the matrix of any set positive definite. */
export const SAME_CATEGORY = 0.9;

/** Category paths as numbers. */
export interface Paths {
  /** [products + 1] */
  readonly offsets: Int32Array;
  /** One number for each branch of the tree, from wide to narrow. */
  readonly branches: Int32Array;
}

/**
 * Reads category paths such as 'Food > Tea'. Branches are the same where all of the path up to them is.
 *
 * @param paths [products] '' where there is none
 */
export function pathsOf(paths: readonly string[]): Paths {
  const codes = new Map<string, number>();
  const offsets = new Int32Array(paths.length + 1);
  const branches: number[] = [];
  for (const [product, path] of paths.entries()) {
    let upTo = '';
    for (const part of path === '' ? [] : path.split(' > ')) {
      upTo = `${upTo} > ${part}`;
      const code = codes.get(upTo) ?? codes.size;
      codes.set(upTo, code);
      branches.push(code);
    }
    offsets[product + 1] = branches.length;
  }
  return { offsets, branches: Int32Array.from(branches) };
}

/**
 * `SAME_CATEGORY` times shared branches / sqrt(branches of a x branches of b): a positive definite kernel, since it is a
 * sum over branches of products of one number each. Products without a category are alike to none.
 */
export function byCategory({ offsets, branches }: Paths): Similarity {
  return (a, b) => {
    if (a === b) return 1;
    const [fromA, fromB] = [offsets[a]!, offsets[b]!];
    const [lengthA, lengthB] = [offsets[a + 1]! - fromA, offsets[b + 1]! - fromB];
    const most = Math.min(lengthA, lengthB);
    let shared = 0;
    while (shared < most && branches[fromA + shared] === branches[fromB + shared]) shared++;
    if (shared === 0) return 0;
    return lengthA === lengthB
      ? (SAME_CATEGORY * shared) / lengthA
      : (SAME_CATEGORY * shared) / Math.sqrt(lengthA * lengthB);
  };
}

/** 1 minus the mean likeness of the pairs of a list; 0 where it has fewer than two products. */
export function diversityOf(list: ArrayLike<number>, similarity: Similarity): number {
  let sum = 0;
  for (let i = 1; i < list.length; i++) for (let j = 0; j < i; j++) sum += similarity(list[i]!, list[j]!);
  return list.length < 2 ? 0 : 1 - sum / ((list.length * (list.length - 1)) / 2);
}
