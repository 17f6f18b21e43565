/** A share of the users as a smaller world: only the items that they have had, codes anew. */
import { split } from '#kernels/random.ts';
import { fromTriples, type Sparse } from '#kernels/sparse.ts';
import { type Content, type Cut, filtered } from './interactions.ts';

/**
 * Draws `share` of the users by `seed`; held-out items that none of them has had in training are left out.
 *
 * @param share 0 to 1; 1 gives the cut itself
 */
export function sampled(cut: Cut, share: number, seed: number): Cut {
  if (share >= 1) return cut;
  const { train, held } = cut;
  const isIn = Uint8Array.from({ length: train.userCount }, (_, user) =>
    split(seed, 'sample', user) < share * 2 ** 32 ? 1 : 0,
  );
  const kept = filtered(
    train,
    Uint8Array.from(train.users, (user) => isIn[user]!),
  );
  const users = codesOf(isIn);
  const has = new Uint8Array(train.itemCount);
  for (const item of kept.items) has[item] = 1;
  const items = codesOf(has);
  const { content, groups, ...rest } = kept;
  return {
    train: {
      ...rest,
      userCount: users.kept.length,
      itemCount: items.kept.length,
      users: kept.users.map((user) => users.codes[user]!),
      items: kept.items.map((item) => items.codes[item]!),
      ...(groups && { groups: users.kept.map((user) => groups[user]!) }),
      ...(content && { content: contentOf(content, items.kept) }),
    },
    held: rowsOf(held, users.kept, items.codes, items.kept.length),
  };
}

function codesOf(marks: Uint8Array): { codes: Int32Array; kept: Int32Array } {
  const codes = new Int32Array(marks.length).fill(-1);
  let count = 0;
  for (let i = 0; i < marks.length; i++) if (marks[i] === 1) codes[i] = count++;
  const kept = new Int32Array(count);
  for (let i = 0; i < marks.length; i++) if (codes[i]! >= 0) kept[codes[i]!] = i;
  return { codes, kept };
}

/** Some rows of a matrix, its columns by new codes; those without one are left out. */
function rowsOf(m: Sparse, rows: Int32Array, columnCodes: Int32Array | undefined, columns: number): Sparse {
  const [rowOf, columnOf, values]: [number[], number[], number[]] = [[], [], []];
  for (const [row, from] of rows.entries()) {
    for (let e = m.offsets[from]!; e < m.offsets[from + 1]!; e++) {
      const column = columnCodes === undefined ? m.indices[e]! : (columnCodes[m.indices[e]!] ?? -1);
      if (column < 0) continue;
      rowOf.push(row);
      columnOf.push(column);
      values.push(m.values[e]!);
    }
  }
  return fromTriples({
    rows: rows.length,
    columns,
    rowOf: Int32Array.from(rowOf),
    columnOf: Int32Array.from(columnOf),
    values: Float64Array.from(values),
  });
}

/** What is known of some items, in their order. */
function contentOf(content: Content, items: Int32Array): Content {
  const { categories, attributes, vectors } = content;
  return {
    ...(categories && {
      categories: categories.map(({ name, codes }) => ({ name, codes: items.map((item) => codes[item]!) })),
    }),
    ...(attributes && { attributes: rowsOf(attributes, items, undefined, attributes.columns) }),
    ...(vectors && {
      vectors: vectors.map(({ name, width, values }) => {
        const own = new Float32Array(items.length * width);
        for (const [row, item] of items.entries())
          own.set(values.subarray(item * width, (item + 1) * width), row * width);
        return { name, width, values: own };
      }),
    }),
  };
}
