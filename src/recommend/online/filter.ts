/** What a caller wants to see only, as one test of a product. */
import type { ProductFacts } from './bundle.ts';
import { textAt, textCount } from './text-list.ts';

export interface Filter {
  /** A category path: it and everything below. */
  readonly category?: string | undefined;
  readonly minPriceMinor?: number | undefined;
  readonly maxPriceMinor?: number | undefined;
  /** Only what is left or not counted. */
  readonly inStock?: boolean | undefined;
  /** Codes of products that are left out. */
  readonly exclude?: readonly number[] | undefined;
  /** A further test, e.g. of what was hidden since the bundle was made. */
  readonly also?: ((product: number) => boolean) | undefined;
}

/** Makes the test of a filter; undefined where everything passes. Products without a price fail a range of prices. */
export function filterMaker({
  category,
  categories,
  price,
  hasPrice,
  inStock,
}: ProductFacts): (filter: Filter) => ((product: number) => boolean) | undefined {
  const paths = Array.from({ length: textCount(categories) }, (_, code) => textAt(categories, code));
  const below = memo(200, (path: string) =>
    Uint8Array.from(paths, (own) => (own === path || own.startsWith(`${path} > `) ? 1 : 0)),
  );
  return ({ category: path, minPriceMinor: least, maxPriceMinor: most, inStock: only, also }) => {
    const tests: ((product: number) => boolean)[] = [];
    if (path !== undefined) {
      const wanted = below(path);
      tests.push((product) => category[product]! >= 0 && wanted[category[product]!] === 1);
    }
    if (least !== undefined) tests.push((product) => hasPrice[product] === 1 && price[product]! >= least);
    if (most !== undefined) tests.push((product) => hasPrice[product] === 1 && price[product]! <= most);
    if (only === true) tests.push((product) => inStock[product] === 1);
    if (also !== undefined) tests.push(also);
    const [first] = tests;
    return tests.length <= 1 ? first : (product) => tests.every((test) => test(product));
  };
}

/** Keeps the last `size` answers. */
function memo<T>(size: number, make: (key: string) => T): (key: string) => T {
  const kept = new Map<string, T>();
  return (key) => {
    const made = kept.get(key) ?? make(key);
    kept.delete(key);
    kept.set(key, made);
    if (kept.size > size) kept.delete(kept.keys().next().value!);
    return made;
  };
}
