/** The mapping that reads a made-up shop, and the facts about it that are kept with the truth. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { known } from '#errors.ts';
import { LAYOUT } from './books.ts';
import { dayStart, ZONE } from './calendar.ts';
import { list, type Output, put } from './output.ts';
import { HORIZONS, MENU, MENU_DAYS } from './truth.ts';
import type { World, WorldSettings } from './world.ts';

/** What truth/shop.json says: enough to make the world of the shop again. */
export interface ShopFacts extends Required<WorldSettings> {
  readonly customers: number;
  readonly timeZone: string;
  readonly currency: string;
}

const FACTS = 'truth/shop.json';

/**
 * The facts of the made-up shop in folder `dir`; undefined where there is none.
 *
 * @throws FILE_BROKEN when the file is not what `writeShop` writes
 */
export async function readShopFacts(dir: string): Promise<ShopFacts | undefined> {
  const file = join(dir, FACTS);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const facts = JSON.parse(text) as ShopFacts;
    for (const name of ['seed', 'customers', 'products', 'days', 'endAt'] as const)
      if (typeof facts[name] !== 'number') throw new TypeError(`${name} is no number`);
    return facts;
  } catch (cause) {
    throw known('FILE_BROKEN', { file, format: 'JSON', reason: (cause as Error).message }, cause);
  }
}

/** @param dirt planted faults by `table.rule` */
export async function writeNotes(
  to: Output,
  world: World,
  customers: number,
  dirt: ReadonlyMap<string, number>,
): Promise<void> {
  const { calendar, catalogue, seed } = world;
  const facts: ShopFacts = {
    ...{ seed, customers, products: catalogue.count, days: calendar.endDay - calendar.startDay },
    ...{ endAt: dayStart(calendar.endDay), timeZone: ZONE, currency: 'CNY' },
  };
  const offers = MENU.map((offer) => ({ ...offer, days: MENU_DAYS }));
  const faults: Record<string, Record<string, number>> = {};
  for (const [key, count] of [...dirt].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [table = '', rule = ''] = key.split('.');
    faults[table] = { ...faults[table], [rule]: count };
  }
  const notes = { [FACTS]: { ...facts, horizonDays: HORIZONS, offers }, 'truth/dirt.json': faults };
  for (const [file, content] of Object.entries(notes)) {
    await put(to, file, `${JSON.stringify(content, null, 2)}\n`);
    list(to, file);
  }
  await put(to, 'tierwise.yaml', mapping());
  list(to, 'tierwise.yaml');
}

function mapping(): string {
  const single = ['products', 'campaigns', 'offers'].map(
    (name) => `  ${name}: [{ file: ${name}.parquet, columns: same }]`,
  );
  const parts = Object.keys(LAYOUT).map((name) => `  ${name}: [{ files: '${name}/*.parquet', columns: same }]`);
  return [
    'about: A made-up lifestyle shop; the true answers are in truth/.',
    'simulated: true',
    `shop: { name: Little Lantern, currency: CNY, timeZone: ${ZONE}, marginShare: 0.45, language: zh }`,
    'tables:',
    ...[...single, ...parts].toSorted(),
    '',
  ].join('\n');
}
