/**
 * The whole chain once: import, features, profiles, value, tiers, lifecycle, recommendations, campaign, reports. Everything is
 * written to a staging folder and moved into the workspace in one step at the end.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type CampaignPlan, planCampaign } from '#campaigns/index.ts';
import { openOutbox } from '#delivery/index.ts';
import { type Compute, type Stage, type Workspace, writeParquet } from '#engines/index.ts';
import { KnownError, known, placed } from '#errors.ts';
import { type ImportReport, importShop, type Mapping, placeIn } from '#events/index.ts';
import { makeFeatures, PRODUCT_FEATURES } from '#features/index.ts';
import { groundOf, makeExamples, openJourneys, replay } from '#journeys/index.ts';
import { DAY_MS, dayEnd, dayNumber } from '#kernels/local-time.ts';
import { split } from '#kernels/random.ts';
import { makeProfiles } from '#profiles/index.ts';
import {
  describedAlike,
  evaluateRecommendations,
  keepHistory,
  makeRecommendations,
  parseRecommend,
} from '#recommend/index.ts';
import { type RoiReport, roiCosts, roiReport } from '#roi/index.ts';
import { type CountedSegment, countSegments, libraryOf } from '#segments/index.ts';
import { readCampaignTruth, readShopFacts } from '#simulate/index.ts';
import { chooseHorizon, DEFAULT_POLICY, makeTiers, parsePolicy, type TierReport } from '#tiers/index.ts';
import { makeLifecycle, makeValues, parseLifecycle } from '#value/index.ts';
import { type CampaignOutcome, type CampaignSettings, campaignSettings, carriedOut, settled } from './campaign.ts';
import { writeModels, writeReports } from './documents.ts';
import type { Facts } from './facts.ts';
import { pictureReader } from './pictures.ts';
import { shopFeatures } from './shop-features.ts';

/** Told where the loop is. */
export interface Watch {
  stage(name: string): void;
  step(done: number, total: number, unit: string): void;
}

export interface LoopOptions {
  readonly compute: Compute;
  readonly workspace: Workspace;
  readonly mapping: Mapping;
  readonly dataDir: string;
  /** Epoch ms; default: the end of the local day of the last order. */
  readonly asOf?: number;
  readonly seed: number;
  /** The present moment: later dates are in the future. */
  readonly now: number;
  readonly watch: Watch;
  /** Kept in tierwise.json, see Facts. */
  readonly fingerprint: string;
  /** Peak memory of the process so far, MB. */
  readonly peakRssMb: () => number;
}

export interface RunReport {
  readonly rows: ImportReport['rows'];
  /** Seconds by stage, and in all under `total`. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly peakRssMb: number;
  readonly asOf: number;
  readonly horizonDays: number;
  readonly seed: number;
  readonly customers: number;
  readonly products: number;
  /** ISO 4217, and the digits after the point of its major unit. */
  readonly currency: string;
  readonly currencyDigits: number;
  readonly features: { readonly customer: number; readonly product: number };
  /** `value`: expected margin of all in the tier over the horizon, in minor units. */
  readonly tiers: readonly { readonly tier: string; readonly customers: number; readonly value: number }[];
  readonly quality: {
    readonly tiers: TierReport['evaluation'];
    readonly recommend: unknown;
    readonly value: unknown;
    readonly campaign: unknown;
  };
}

interface Moment {
  readonly asOf: number;
  readonly timeZone: string;
  readonly shop: Mapping['shop'];
  readonly horizonDays: number;
  readonly seed: number;
}

/** Result tables by name, as they are kept in state/. */
const STATE = [
  'customer_features',
  'product_features',
  'profiles',
  'profile_tags',
  'profile_names',
  'customer_values',
  'customer_tiers',
  'tier_history',
  'tier_moves',
  'lifecycle',
  'lifecycle_history',
  'recommendations',
  'product_neighbours',
  'recommend_history',
  'campaign_plan',
  'segment_members',
  'segment_history',
] as const;

/** Kept from run to run. */
const HISTORY = ['state', 'recommend_history.parquet'] as const;
const SEGMENT_HISTORY = ['state', 'segment_history.parquet'] as const;

/**
 * Runs the loop and commits what it made.
 *
 * @throws the errors of import, policies and conditions; the workspace is then as it was
 */
export async function runLoop(options: LoopOptions): Promise<RunReport> {
  const stage = options.workspace.stage();
  try {
    const report = await run(options, stage);
    stage.commit();
    return report;
  } catch (error) {
    stage.discard();
    throw error;
  }
}

async function run(options: LoopOptions, stage: Stage): Promise<RunReport> {
  const { compute, mapping, seed, watch } = options;
  const settings = settingsOf(mapping);
  const watched = stopwatch(watch);
  const imported = await watched.timed('import', () =>
    importShop(compute, mapping, options.dataDir, {
      now: options.now,
      lakeDir: stage.path('lake'),
      quarantineDir: stage.path('quarantine'),
      scratchDir: options.workspace.scratch(),
      onProgress: ({ rows, total }) => watch.step(rows, total, 'rows'),
    }),
  );
  const moment = await momentOf(options);
  const { features, value, tiers, lifecycle, recommend, campaign, roi, segments } = await makeTables(
    options,
    settings,
    moment,
    watched.timed,
    stage.path('state', 'recommend.bundle'),
  );
  await watched.timed('write', async () => {
    for (const name of STATE) await writeParquet(compute, `from ${name}`, stage.path('state', `${name}.parquet`));
    copyFileSync(mapping.file, stage.path('tierwise.yaml'));
  });

  const { asOf, horizonDays, shop } = moment;
  await watched.timed('journeys', () => tellJourneys(options, moment));
  const report: RunReport = {
    rows: imported.rows,
    seconds: watched.seconds(),
    peakRssMb: options.peakRssMb(),
    ...{ asOf, horizonDays, seed },
    customers: features.customer.entities,
    products: features.product.entities,
    ...{ currency: shop.currency, currencyDigits: shop.currencyDigits },
    features: { customer: features.customer.features, product: features.product.features },
    tiers: tiers.tiers.map(({ tier, customers, valueMinor }) => ({ tier, customers, value: valueMinor })),
    quality: { tiers: tiers.evaluation, recommend, value: value.heldOut, campaign },
  };
  const facts: Facts = {
    ...{ shop, asOf, horizonDays },
    dataDir: resolve(options.dataDir),
    isDemo: mapping.simulated,
    fingerprint: options.fingerprint,
  };
  writeReports(stage, { quality: imported, value, tiers, lifecycle, recommend, campaign, segments, roi, run: report });
  writeModels(stage, { value, tiers, asOf, seed });
  writeFileSync(stage.path('tierwise.json'), JSON.stringify(facts, null, 2));
  return report;
}

/** Events that are new since the last run move people through the journeys; a simulated shop has examples, which send nothing. */
async function tellJourneys(
  { compute, workspace: { dir }, mapping }: LoopOptions,
  { asOf, shop: { timeZone } }: { readonly asOf: number; readonly shop: { readonly timeZone: string } },
): Promise<void> {
  const outbox = openOutbox(dir);
  const store = openJourneys(dir);
  try {
    const place = { dir, store };
    if (mapping.simulated) makeExamples(place, asOf);
    await replay(compute, place, { ground: groundOf(dir, { asOf, timeZone }), timeZone, outbox, asOf });
  } finally {
    store.close();
    outbox.close();
  }
}

type Timed = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** Tells of each stage and how long it took. */
function stopwatch(watch: Watch): { readonly timed: Timed; seconds(): Record<string, number> } {
  const began = performance.now();
  const seconds: Record<string, number> = {};
  return {
    timed: async (name, work) => {
      const from = performance.now();
      watch.stage(name);
      const result = await work();
      seconds[name] = rounded(performance.now() - from);
      return result;
    },
    seconds: () => ({ ...seconds, total: rounded(performance.now() - began) }),
  };
}

/** What the mapping says beside its tables, checked before any work. */
const settingsOf = ({ file, tiers, lifecycle, recommend, campaign }: Mapping) => ({
  policy: tiers === undefined ? DEFAULT_POLICY : saidIn(file, 'tiers', () => parsePolicy(tiers)),
  lifecycleRules: saidIn(file, 'lifecycle', () => parseLifecycle(lifecycle)),
  recommending: saidIn(file, 'recommend', () => parseRecommend(recommend)),
  campaign: saidIn(file, 'campaign', () => campaignSettings(campaign)),
});

/** Tells of a fault with the line of the mapping that holds it. */
function saidIn<T>(file: string, part: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    const { where, place = where } = error.data as { where?: string; place?: string };
    const keys = (place ?? '').split(/[.[\]]+/).filter((key) => key !== part && key !== '');
    throw placed(placeIn(file, [part, ...keys]), error);
  }
}

/** The moment of a run, by default the end of the local day of the last order, and the horizon that its history allows. */
async function momentOf({ compute, mapping, asOf: asked, seed }: LoopOptions): Promise<Moment> {
  const { shop } = mapping;
  const { from, to } = await ordersSpan(compute, mapping.file);
  const asOf = asked ?? dayEnd(dayNumber(to, shop.timeZone), shop.timeZone);
  if (asOf < from)
    throw known('AS_OF_EARLY', { asOf: new Date(asOf).toISOString(), first: new Date(from).toISOString() });
  const horizonDays = chooseHorizon(Math.max(1, Math.round((asOf - from) / DAY_MS)));
  return { asOf, timeZone: shop.timeZone, shop, horizonDays, seed };
}

/** Makes the tables of STATE from the canonical ones, in the order in which each needs those before it. */
async function makeTables(
  options: LoopOptions,
  { policy, lifecycleRules, recommending, campaign }: ReturnType<typeof settingsOf>,
  moment: Moment,
  timed: Timed,
  bundle: string,
) {
  const { compute, watch } = options;
  const { asOf, timeZone } = moment;
  const own = await shopFeatures(compute, moment);
  const features = await timed('features', async () => ({
    customer: await own.makeAt(asOf, 'customer_features'),
    product: await makeFeatures(compute, PRODUCT_FEATURES, {
      ...{ of: 'product', asOf, timeZone, into: 'product_features', duplicates: 'absent' },
    }),
  }));
  await timed('profiles', () => makeProfiles(compute, { ...moment, features: 'customer_features' }));
  const value = await timed('value', () => makeValues(compute, moment));
  const tiers = await timed('tiers', () =>
    makeTiers(compute, {
      ...moment,
      policy,
      words: own.definitions,
      features: async (at, into) => {
        if (at === asOf) await compute.run(`create or replace table ${into} as from customer_features`);
        else await own.makeAt(at, into);
      },
      progress: (share) => watch.step(Math.round(share * 100), 100, '%'),
    }),
  );
  const lifecycle = await timed('lifecycle', () =>
    makeLifecycle(compute, { ...moment, rules: lifecycleRules, dates: tiers.dates }),
  );
  const tierNames = Object.fromEntries(policy.tiers.map(({ key, en, zh }) => [key, { en, zh }]));
  const alike = { seed: split(moment.seed, 'content'), picture: pictureReader(options.dataDir) };
  const contentNeighbours = (productIds: readonly string[]) => describedAlike(compute, productIds, alike);
  const judged = await timed('judge', () =>
    evaluateRecommendations(compute, {
      ...{ ...moment, ...recommending, k: recommending.perCustomer, contentNeighbours },
    }),
  );
  const { ranker } = judged;
  const made = await timed('recommend', () =>
    makeRecommendations(compute, { ...moment, ...recommending, ranker, tierNames, bundle, contentNeighbours }),
  );
  const recommend = { ...judged, made, strategies: recommending.strategies };
  const { workspace } = options;
  await keepHistory(compute, judged, workspace.has(...HISTORY) ? { before: workspace.path(...HISTORY) } : {});
  return {
    features,
    value,
    tiers,
    lifecycle,
    recommend,
    campaign: await timed('campaign', () => plan(options, campaign, moment)),
    segments: await timed('segments', () => counted(options, moment)),
    roi: await timed('roi', () => paid(options, moment)),
  };
}

/** Counts the saved segments of the workspace. */
const counted = ({ compute, workspace }: LoopOptions, { asOf, timeZone }: Moment): Promise<CountedSegment[]> =>
  countSegments(compute, { asOf, timeZone, dir: workspace.dir, before: workspace.path(...SEGMENT_HISTORY) });

/** Plans the campaign; on a simulated shop also carries it out and measures it. */
async function plan(
  { compute, dataDir, workspace }: LoopOptions,
  settings: CampaignSettings,
  moment: Moment,
): Promise<CampaignPlan & Partial<CampaignOutcome>> {
  const planned = await planCampaign(compute, {
    ...{ ...(await settled(compute, settings, moment.asOf)), ...moment, library: libraryOf(workspace.dir) },
  });
  const world = await readShopFacts(dataDir);
  return world === undefined ? planned : { ...planned, ...(await carriedOut(compute, world, planned, moment.asOf)) };
}

/** Whether past campaigns paid; on a simulated shop beside the truth. */
async function paid({ compute, dataDir }: LoopOptions, { asOf, shop }: Moment): Promise<RoiReport> {
  const truth = await readCampaignTruth(compute, dataDir);
  return roiReport(compute, { ...roiCosts(shop), asOf, ...(truth === undefined ? {} : { truth }) });
}

/** First and last moment of a sale. */
async function ordersSpan(compute: Compute, file: string): Promise<{ from: number; to: number }> {
  const [span] = await compute.rows<{ from: number | null; to: number | null }>(
    'select min(ordered_at) as "from", max(ordered_at) as "to" from order_lines where status = \'paid\'',
  );
  if (span === undefined || span.from === null || span.to === null) throw known('NO_ORDERS', { mapping: file });
  return { from: span.from, to: span.to };
}

const rounded = (ms: number): number => Math.round(ms) / 1000;

/** What a run is made from, as one hash: the settings, the mapping, and the names, sizes and times of the files. */
export function fingerprintOf(
  settings: readonly (string | number | undefined)[],
  { mapping, dataDir }: { mapping: Mapping; dataDir: string },
): string {
  const hash = createHash('sha256').update(JSON.stringify([...settings, resolve(dataDir)]));
  hash.update(readFileSync(mapping.file));
  for (const file of globSync('**/*', { cwd: dataDir, exclude: (name) => name.startsWith('.') }).sort()) {
    const { size, mtimeMs } = statSync(join(dataDir, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}
