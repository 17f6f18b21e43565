/**
 * Cold products of the fashion catalogue. Titles, pictures and labels are a shop's; people are simulated: each likes a
 * few kinds (article types), colours and brands (first word of the title), and takes products of the kind liked, those of
 * a liked colour or brand several times as often, each product with an appeal of its own. The methods see titles,
 * pictures and what people took; labels only teach the picture network, and only those of products that are not hidden.
 */
import {
  fitImageNetwork,
  fitSemantics,
  networkVectors,
  picturesFeatures,
  seenClasses,
  semanticVectors,
  tokens,
  type Vectors,
} from '#embeddings/index.ts';
import { random, split } from '#kernels/random.ts';
import { type Content, coldCut, fitMethod, type Interactions } from '#recommend/index.ts';
import { compared, noise, readRows, rounded, type Scores, somePeople, timed } from './tools.ts';

export interface Product {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  readonly colour: string | null;
  readonly jpeg: string;
}

export const readFashion = (data: string): Promise<Product[]> =>
  readRows<Product>(
    `select product_id::varchar as id, title, article_type as kind, base_colour as colour, to_base64(jpeg) as jpeg
     from '${data}fashion-catalogue/products_10k_with_thumbnails.parquet' order by product_id`,
  );

const PEOPLE = 4000;
const TAKEN = 15;
const [COLOUR_FACTOR, BRAND_FACTOR] = [6, 3];

/** What simulated people took. */
export function simulated(products: readonly Product[], seed: number): Interactions {
  const draw = random(split(seed, 'people'));
  const appeal = products.map(() => draw.gamma(1));
  const brandOf = products.map(({ title }) => title.split(' ')[0] ?? '');
  const byKind = groups(products.map(({ kind }) => kind));
  const byColour = groups(products.map(({ colour }) => colour ?? ''));
  const byBrand = groups(brandOf);
  const [kinds, colours, brands] = [byKind, byColour, byBrand].map((by) => chooser([...by], draw)) as [
    () => string,
    () => string,
    () => string,
  ];
  const [users, items]: [number[], number[]] = [[], []];
  for (let user = 0; user < PEOPLE; user++) {
    const likedKinds = [kinds(), kinds(), kinds()];
    const [likedColours, likedBrands] = [new Set([colours(), colours()]), new Set([brands(), brands(), brands()])];
    const taken = new Set<number>();
    for (let t = 0; t < TAKEN; t++) {
      const places = byKind.get(likedKinds[draw.integer(3)]!)!;
      const weights = places.map(
        (i) =>
          appeal[i]! *
          (likedColours.has(products[i]!.colour ?? '') ? COLOUR_FACTOR : 1) *
          (likedBrands.has(brandOf[i]!) ? BRAND_FACTOR : 1),
      );
      let left = draw.uniform() * weights.reduce((a, b) => a + b, 0);
      let at = 0;
      while (at < places.length - 1 && left > weights[at]!) left -= weights[at++]!;
      taken.add(places[at]!);
    }
    for (const item of taken) {
      users.push(user);
      items.push(item);
    }
  }
  return {
    userCount: PEOPLE,
    itemCount: products.length,
    users: Int32Array.from(users),
    items: Int32Array.from(items),
  };
}

function groups(names: readonly string[]): Map<string, number[]> {
  const out = new Map<string, number[]>();
  for (const [i, name] of names.entries()) out.set(name, [...(out.get(name) ?? []), i]);
  return out;
}

/** Draws a group by the root of its size. */
function chooser(by: readonly (readonly [string, readonly number[]])[], draw: ReturnType<typeof random>): () => string {
  const sum = by.reduce((total, [, places]) => total + Math.sqrt(places.length), 0);
  return () => {
    let left = draw.uniform() * sum;
    for (const [name, places] of by) {
      left -= Math.sqrt(places.length);
      if (left < 0) return name;
    }
    return by.at(-1)![0];
  };
}

/** @param seed of the hash that hides items, and of the people; 7 for figures that are quoted, others to tune */
export function fashion(products: readonly Product[], { seed = 7 } = {}): object {
  const cut = coldCut(
    simulated(products, seed),
    products.map(({ id }) => id),
    { seed },
  );
  const pictures = timed(() => picturesFeatures(products.map(({ jpeg }) => Buffer.from(jpeg, 'base64'))));
  const shown = <T>(values: readonly T[]) => values.map((value, i) => (cut.hidden[i] === 1 ? null : value));
  const labels = { kind: shown(products.map((p) => p.kind)), colour: shown(products.map((p) => p.colour)) };
  const { features } = pictures.value;
  const network = timed(() => fitImageNetwork(features, labels, { seed: 1, threads: 2 }));
  const right = (name: 'kind' | 'colour') => {
    const said = seenClasses(network.value, features, name);
    const own = products.flatMap((p, i) => (cut.hidden[i] === 1 ? [p[name] === said[i]] : []));
    return rounded(own.filter(Boolean).length / own.length);
  };
  const words = products.map(({ title }) => tokens(title));
  const semantics = timed(() =>
    fitSemantics(
      words.filter((_, i) => cut.hidden[i] === 0),
      { seed: 1 },
    ),
  );
  const text = semanticVectors(semantics.value, words);
  const image = networkVectors(network.value, features);
  const ways: Record<string, Scores> = {};
  const noisy = { count: products.length, width: 64, values: noise(products.length, 64, 1) };
  for (const method of ['cold-start', 'content'])
    for (const [name, own] of Object.entries({
      'text + image': { text, image },
      text: { text },
      image: { image },
      random: { random: noisy },
    }))
      ways[`${method}, ${name}`] = fitted(method, cut.train, own).score;
  ways.popularity = fitMethod('popularity', cut.train, { params: {}, seed: 1 }).score;
  const people = somePeople(cut, 2000, 1);
  return {
    products: products.length,
    hidden: cut.hidden.reduce((sum, h) => sum + h, 0),
    people: people.length,
    featuresCpuS: pictures.cpu,
    networkCpuS: network.cpu,
    semanticsCpuS: semantics.cpu,
    kindAccuracyHidden: right('kind'),
    colourAccuracyHidden: right('colour'),
    ...compared(cut, ways, { k: 20, people }),
  };
}

function fitted(method: string, train: Interactions, sources: Readonly<Record<string, Vectors>>) {
  const content: Content = {
    vectors: Object.entries(sources).map(([name, { width, values }]) => ({ name, width, values })),
  };
  return fitMethod(method, { ...train, content }, { params: {}, seed: 1, threads: 2 });
}
