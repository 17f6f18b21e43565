/** One customer's pairs out of the bundle, with what came since; unpacked into the same memory each time. */
import type { Pairs } from '../shop/columns.ts';
import { type Bundle, WEIGHT_UNIT } from './bundle.ts';

/** What a customer did with a product since the bundle was made. */
export interface Since {
  readonly product: number;
  /** Days with a purchase. */
  readonly buys: number;
  /** Day numbers of the first and the last of them; of no meaning without. */
  readonly firstDay: number;
  readonly lastDay: number;
  /** Decayed count of purchase days, as in `Pairs`. */
  readonly weight: number;
  readonly views: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface HistoryReader {
  /** Pairs of customer `code` (-1: nobody) and of `since`, as one customer's; overwritten by the next call. */
  read(code: number, since: readonly Since[]): Pairs;
}

export function historyReader({ customers, about }: Bundle): HistoryReader {
  const { pairs: packed } = customers;
  const { baseDay } = about;
  let held = room(256);
  return {
    read(code, since) {
      const from = code < 0 ? 0 : packed.offsets[code]!;
      const own = code < 0 ? 0 : packed.offsets[code + 1]! - from;
      if (own + since.length > held.product.length) held = room(2 * (own + since.length));
      for (let i = 0; i < own; i++) {
        const e = from + i;
        held.product[i] = packed.product[e]!;
        held.weight[i] = packed.weight[e]! * WEIGHT_UNIT;
        const bought = packed.buys[e]! > 0;
        held.buys[i] = packed.buys[e]!;
        held.firstDay[i] = bought ? packed.firstDay[e]! + baseDay : 0;
        held.lastDay[i] = bought ? packed.lastDay[e]! + baseDay : 0;
        held.views[i] = packed.views[e]!;
      }
      let count = own;
      for (const one of since) count = add(held, one, count, own);
      held.offsets[1] = count;
      return held;
    },
  };
}

function room(size: number): Mutable<Pairs> {
  const column = () => new Int32Array(size);
  return {
    customers: 1,
    offsets: new Int32Array(2),
    product: column(),
    buys: column(),
    firstDay: column(),
    lastDay: column(),
    weight: new Float64Array(size),
    views: column(),
  };
}

function add(pairs: Pairs, one: Since, count: number, own: number): number {
  const place = rowOf(pairs.product, one.product, own, count);
  if (place === count) {
    pairs.product[place] = one.product;
    pairs.weight[place] = 0;
    for (const column of [pairs.buys, pairs.firstDay, pairs.lastDay, pairs.views]) column[place] = 0;
  }
  if (one.buys > 0) {
    const had = pairs.buys[place]! > 0;
    pairs.firstDay[place] = had ? Math.min(pairs.firstDay[place]!, one.firstDay) : one.firstDay;
    pairs.lastDay[place] = had ? Math.max(pairs.lastDay[place]!, one.lastDay) : one.lastDay;
  }
  pairs.buys[place]! += one.buys;
  pairs.weight[place]! += one.weight;
  pairs.views[place]! += one.views;
  return Math.max(count, place + 1);
}

/** The row of `product`: the first `own` rise, those after are in any order; `count` where there is none. */
function rowOf(products: Int32Array, product: number, own: number, count: number): number {
  for (let row = 0; row < own && products[row]! <= product; row++) if (products[row] === product) return row;
  for (let row = own; row < count; row++) if (products[row] === product) return row;
  return count;
}
