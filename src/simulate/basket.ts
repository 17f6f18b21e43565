/** One order's lines: products, units and prices. */
import type { Random } from '#kernels/random.ts';
import { COMPANION_CHANCE } from './catalogue.ts';
import { chooseProduct } from './choice.ts';
import { LEAVES, OCCASIONS } from './lexicon.ts';
import type { Offer } from './offer-effect.ts';
import type { Persona } from './persona.ts';
import { periodOf, type World } from './world.ts';

/** Lines of one order; money in fen. `shelf` is after the period's markdown. */
export interface Basket {
  readonly day: number;
  readonly product: number[];
  readonly units: number[];
  readonly list: number[];
  readonly shelf: number[];
}

/** What the customer last bought of each leaf, and when: goods that are used up come round again. */
export interface Cupboard {
  readonly product: Int32Array;
  readonly day: Int32Array;
}

export const cupboard = (): Cupboard => ({
  product: new Int32Array(LEAVES.length).fill(-1),
  day: new Int32Array(LEAVES.length),
});

/** Chance that a used-up good is bought again as it was. */
const FAITHFUL = 0.7;

export function drawBasket(
  world: World,
  persona: Persona,
  wish: Float64Array,
  home: Cupboard,
  day: number,
  draw: Random,
): Basket {
  const basket: Basket = { day, product: [], units: [], list: [], shelf: [] };
  const period = periodOf(world, day);
  const at = period * world.catalogue.count;
  const occasion = pick(persona.tastes, 0, OCCASIONS.length, draw.uniform());
  const count = 1 + draw.poisson(persona.moreLines);
  for (let k = 0; k < count; k++) {
    const partner = k === 0 || draw.uniform() >= COMPANION_CHANCE ? -1 : world.catalogue.partner[basket.product[0]!]!;
    const companion = partner >= 0 && world.prices.appeal[at + partner]! > 0;
    const product = companion ? partner : drawProduct(world, wish, home, { occasion, period, day }, draw);
    const leaf = world.catalogue.leaf[product]!;
    add(world, basket, at, product, 1 + draw.poisson(LEAVES[leaf]!.extraUnits));
    home.product[leaf] = product;
    home.day[leaf] = day;
  }
  return basket;
}

interface Moment {
  readonly occasion: number;
  readonly period: number;
  readonly day: number;
}

function drawProduct(world: World, wish: Float64Array, home: Cupboard, moment: Moment, draw: Random): number {
  const { occasion, period, day } = moment;
  const row = occasion * LEAVES.length;
  let leaf = pick(world.occasions, row, LEAVES.length, draw.uniform());
  if (LEAVES[leaf]!.cycleDays > 0) leaf = mostlyDue(world.occasions, row, home, day, draw.uniform());
  const last = home.product[leaf]!;
  const again = LEAVES[leaf]!.cycleDays > 0 && last >= 0 && draw.uniform() < FAITHFUL;
  if (again && world.prices.appeal[period * world.catalogue.count + last]! > 0) return last;
  return chooseProduct(world, wish, leaf, period, draw.uniform);
}

/** One of the leaves that are used up, by the occasion's weights and how due each is. */
function mostlyDue(weights: Float64Array, row: number, home: Cupboard, day: number, u: number): number {
  let total = 0;
  for (let c = 0; c < LEAVES.length; c++) total += weights[row + c]! * due(home, c, day);
  let left = u * total;
  let found = -1;
  for (let c = 0; c < LEAVES.length; c++) {
    const weight = weights[row + c]! * due(home, c, day);
    if (weight > 0) found = c;
    left -= weight;
    if (left < 0) break;
  }
  return found;
}

/** Little wanted while there is enough at home, most wanted when it runs out. */
function due(home: Cupboard, leaf: number, day: number): number {
  const cycle = LEAVES[leaf]!.cycleDays;
  if (cycle === 0) return 0;
  if (home.product[leaf]! < 0) return 1;
  const used = (day - home.day[leaf]!) / cycle;
  return used < 0.5 ? 0.15 : used < 0.8 ? 0.8 : used < 1.7 ? 2.4 : 1;
}

function add(world: World, basket: Basket, at: number, product: number, units: number): void {
  const earlier = basket.product.indexOf(product);
  const list = units * world.catalogue.price[product]!;
  const shelf = units * world.prices.shelf[at + product]!;
  if (earlier < 0) {
    basket.product.push(product);
    basket.units.push(units);
    basket.list.push(list);
    basket.shelf.push(shelf);
    return;
  }
  basket.units[earlier] = basket.units[earlier]! + units;
  basket.list[earlier] = basket.list[earlier]! + list;
  basket.shelf[earlier] = basket.shelf[earlier]! + shelf;
}

/** Index in [0, length) drawn by the weights from `from` on, which sum to one. */
function pick(weights: Float64Array, from: number, length: number, u: number): number {
  let left = u;
  let found = 0;
  for (let i = 0; i < length; i++) {
    if (weights[from + i]! === 0) continue;
    found = i;
    left -= weights[from + i]!;
    if (left < 0) break;
  }
  return found;
}

export const shelfOf = (basket: Basket): number => basket.shelf.reduce((sum, value) => sum + value, 0);

/** What is paid for each line, and the coupon's share of it; fen, exact. */
export interface Bill {
  readonly paid: readonly number[];
  readonly coupon: readonly number[];
}

/**
 * @param factor what the day's shop-wide discount leaves of shelf prices
 * @param coupon share and amount off what is then to be paid, for the whole order
 */
export function bill(basket: Basket, factor: number, { percentOff = 0, amountOff = 0 }: Offer): Bill {
  const due = basket.shelf.map((shelf) => Math.round(shelf * factor));
  const total = due.reduce((sum, value) => sum + value, 0);
  const off = Math.min(total, Math.round((total * percentOff) / 100) + amountOff);
  let given = 0;
  let before = 0;
  const coupon = due.map((value) => {
    before += value;
    const share = total === 0 ? 0 : Math.floor((off * before) / total) - given;
    given += share;
    return share;
  });
  return { paid: due.map((value, k) => value - coupon[k]!), coupon };
}
