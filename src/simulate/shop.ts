/** Writes a made-up shop into a folder: tables, pictures, mapping, and the truth beside them. */
import type { Compute } from '#engines/index.ts';
import type { Table } from '#table/index.ts';
import { type BookName, books, LAYOUT } from './books.ts';
import { soil } from './dirt.ts';
import { writeCampaigns, writeProducts } from './goods.ts';
import { live, passBy } from './life.ts';
import { writeNotes } from './notes.ts';
import type { Stage } from './orders.ts';
import { clear, type Output, output, save } from './output.ts';
import { pastCampaigns } from './past-campaigns.ts';
import { customerId } from './respond.ts';
import { selects } from './tables.ts';
import {
  campaignTruth,
  customerTruthSelect,
  offerTruthSelect,
  productTruth,
  type TruthBooks,
  truthBooks,
  writeTruth,
} from './truth.ts';
import { makeWorld, type WorldSettings, whole } from './world.ts';

export interface ShopSettings extends WorldSettings {
  /** Customers, 1 to 9,000,000. */
  readonly customers: number;
  /** A new or empty folder, or one with an earlier made-up shop, which is replaced. */
  readonly out: string;
  /** Customers in one part file, and in memory at a time; default 10,000. */
  readonly partSize?: number;
  readonly onProgress?: (progress: ShopProgress) => void;
}

export interface ShopProgress {
  readonly stage: 'products' | 'customers';
  readonly done: number;
  readonly total: number;
}

export interface WrittenShop {
  /** Relative to `out`: data and mapping; pictures are in images/, one a product. */
  readonly files: readonly string[];
  readonly truthFiles: readonly string[];
  /** Rows written by table, planted faults included. */
  readonly rows: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** Customers between two breaths, in which progress is shown and the engine goes on. */
const STRIDE = 500;
const BOOKS = Object.keys(LAYOUT) as BookName[];

/**
 * Makes the shop of `seed`. Tables are canonical; memory does not grow with the number of customers, since each part of
 * `partSize` customers is written before the next but one begins. A customer's rows are the same whatever the number of
 * customers, and running it again writes the same bytes.
 *
 * @throws SIMULATION_SIZE when a number is out of range
 * @throws SIMULATION_FOLDER, or DISK_FULL, when `out` cannot be written to
 */
export async function writeShop(settings: ShopSettings, compute: Compute): Promise<WrittenShop> {
  const began = performance.now();
  const { customers, partSize = 10_000, onProgress } = settings;
  whole('customers', customers, 1, 9_000_000);
  whole('partSize', partSize, 1, 100_000);
  const world = makeWorld(settings);
  const campaigns = pastCampaigns(world);
  const to = output(settings.out, compute);
  await clear(to, [...BOOKS, 'images', 'truth', 'truth/customer_truth', 'truth/offer_truth']);
  await writeProducts(to, world, (done) => onProgress?.({ stage: 'products', done, total: world.catalogue.count }));
  await writeCampaigns(to, campaigns);
  const stage: Stage = {
    world,
    campaigns,
    books: books(),
    truth: new Map(),
    buffer: new Float64Array(world.catalogue.count),
  };
  const truth = truthBooks(world);
  const select = selects(campaigns);
  const progress = (done: number) => onProgress?.({ stage: 'customers', done, total: customers });
  let writing: Promise<unknown> = Promise.resolve();
  for (let from = 0; from < customers; from += partSize) {
    await writeLives(stage, truth, { from, to: Math.min(from + partSize, customers) }, progress);
    // The engine writes one part while the next is being lived.
    await writing;
    writing = writePart(to, String(from / partSize + 1).padStart(4, '0'), takeAll(stage, truth), select);
    // A failure is thrown where it is awaited; until then it must not count as unhandled.
    writing.catch(() => undefined);
  }
  await writing;
  await save(to, 'truth/product_truth.parquet', productTruth(world, truth.units));
  await save(to, 'truth/campaign_truth.parquet', campaignTruth(stage.truth));
  await writeNotes(to, world, customers, stage.books.dirt);
  return {
    files: to.files.toSorted(),
    truthFiles: to.truthFiles.toSorted(),
    rows: to.rows,
    seconds: (performance.now() - began) / 1000,
  };
}

type Span = { readonly from: number; readonly to: number };

async function writeLives(
  stage: Stage,
  truth: TruthBooks,
  { from, to }: Span,
  progress: (done: number) => void,
): Promise<void> {
  for (let index = from; index < to; index++) {
    const before = Object.fromEntries(BOOKS.map((name) => [name, stage.books.rows[name].count]));
    const about = live(stage, index, customerId(index));
    writeTruth(stage.world, about, stage.buffer, truth);
    soil(stage.world, stage.books, index, before as Record<BookName, number>);
    passBy(stage, index);
    if ((index + 1) % STRIDE !== 0 && index + 1 !== to) continue;
    progress(index + 1);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

interface Part {
  readonly books: Readonly<Record<BookName, Table>>;
  readonly customerTruth: Table;
  readonly offerTruth: Table;
}

function takeAll({ books: kept }: Stage, truth: TruthBooks): Part {
  const text = kept.reviewTexts.splice(0);
  const taken = BOOKS.map((name) => [name, kept.rows[name].take(name === 'reviews' ? { text } : {})]);
  return {
    books: Object.fromEntries(taken) as Record<BookName, Table>,
    customerTruth: truth.customers.take(),
    offerTruth: truth.offers.take(),
  };
}

type Selects = ReturnType<typeof selects>;

async function writePart(to: Output, part: string, data: Part, select: Selects): Promise<void> {
  for (const name of BOOKS) await save(to, `${name}/part-${part}.parquet`, data.books[name], select[name]);
  await save(to, `truth/customer_truth/part-${part}.parquet`, data.customerTruth, customerTruthSelect);
  await save(to, `truth/offer_truth/part-${part}.parquet`, data.offerTruth, offerTruthSelect);
}
