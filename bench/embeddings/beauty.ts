/** Cold items of Amazon Beauty: real interactions, attributes for content. */
import { fromTriples } from '#kernels/sparse.ts';
import { type Content, coldCut, fitMethod, type Interactions } from '#recommend/index.ts';
import { compared, noise, readRows, type Scores, somePeople, timed } from './tools.ts';

/** @param seed of the hash that hides items; 7 for figures that are quoted, others to tune */
export async function beauty(data: string, { seed = 7, peopleMax = 4000 } = {}): Promise<object> {
  const rows = await readRows<{ user: number; item: number }>(
    `select "user"::integer as "user", item::integer as item from '${data}amazon-beauty/sequences.parquet' order by all`,
  );
  const facts = await readRows<{ item: number; attribute: number }>(
    `select item::integer as item, attribute::integer as attribute from '${data}amazon-beauty/item_attributes.parquet' order by all`,
  );
  const codes = (values: readonly number[]) =>
    new Map([...new Set(values)].sort((a, b) => a - b).map((v, i) => [v, i]));
  const [users, items] = [codes(rows.map((r) => r.user)), codes(rows.map((r) => r.item))];
  const attributes = codes(facts.map((f) => f.attribute));
  const known = facts.filter(({ item }) => items.has(item));
  const itemCount = items.size;
  const content: Content = {
    attributes: fromTriples({
      rows: itemCount,
      columns: attributes.size,
      rowOf: Int32Array.from(known, (f) => items.get(f.item)!),
      columnOf: Int32Array.from(known, (f) => attributes.get(f.attribute)!),
    }),
  };
  const all: Interactions = {
    userCount: users.size,
    itemCount,
    users: Int32Array.from(rows, (r) => users.get(r.user)!),
    items: Int32Array.from(rows, (r) => items.get(r.item)!),
    content,
  };
  const cut = coldCut(all, [...items.keys()].map(String), { seed });
  const random = { vectors: [{ name: 'random', width: 64, values: noise(itemCount, 64, 1) }] };
  const fit = (name: string, own: Content) => {
    const fitted = timed(() => fitMethod(name, { ...cut.train, content: own }, { params: {}, seed: 1, threads: 2 }));
    seconds[`${name} ${own === content ? 'attributes' : 'random'}`] = fitted.cpu;
    return fitted.value;
  };
  const seconds: Record<string, number> = {};
  const ways: Record<string, Scores> = {
    'cold-start by attributes': fit('cold-start', content).score,
    'content by attributes': fit('content', content).score,
    'cold-start by random vectors': fit('cold-start', random).score,
    'content by random vectors': fit('content', random).score,
    popularity: fit('popularity', content).score,
  };
  const people = somePeople(cut, peopleMax, 1);
  return {
    users: users.size,
    items: itemCount,
    hidden: cut.hidden.reduce((sum, h) => sum + h, 0),
    people: people.length,
    fitCpuS: seconds,
    ...compared(cut, ways, { k: 20, people }),
  };
}
