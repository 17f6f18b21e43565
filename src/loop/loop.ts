/**
 * The whole chain once: import, features, profiles, value, tiers, recommendations, campaign, reports. Everything is
 * written to a staging folder and moved into the workspace in one step at the end.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type CampaignPlan, planCampaign } from '#campaigns/index.ts';
import { type Compute, type Stage, type Workspace, writeParquet } from '#engines/index.ts';
import { known } from '#errors.ts';
import { dayNumber, type ImportReport, importShop, type Mapping } from '#events/index.ts';
import { customerFeatures, type Definition, makeFeatures, PRODUCT_FEATURES } from '#features/index.ts';
import { makeProfiles } from '#profiles/index.ts';
import { evaluateRecommendations, makeRecommendations, parseRecommend } from '#recommend/index.ts';
import { readShopFacts } from '#simulate/index.ts';
import { chooseHorizon, DEFAULT_POLICY, endOfDay, makeTiers, parsePolicy, type TierReport } from '#tiers/index.ts';
import { makeValues } from '#value/index.ts';
import { type CampaignOutcome, type CampaignSettings, campaignSettings, carriedOut, settled } from './campaign.ts';
import type { Facts } from './facts.ts';

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
  readonly features: { readonly customer: number; readonly product: number };
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

const DAY_MS = 86_400_000;

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
  'recommendations',
  'product_neighbours',
  'campaign_plan',
] as const;

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
  const { shop } = mapping;
  const seconds: Record<string, number> = {};
  const began = performance.now();
  const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const from = performance.now();
    watch.stage(name);
    const result = await work();
    seconds[name] = rounded(performance.now() - from);
    return result;
  };
  const policy = mapping.tiers === undefined ? DEFAULT_POLICY : parsePolicy(mapping.tiers);
  const recommending = parseRecommend(mapping.recommend);
  const campaign = campaignSettings(mapping.campaign);

  const imported = await timed('import', () =>
    importShop(compute, mapping, options.dataDir, {
      now: options.now,
      lakeDir: stage.path('lake'),
      quarantineDir: stage.path('quarantine'),
      onProgress: ({ rows, total }) => watch.step(rows, total, 'rows'),
    }),
  );
  const { from, to } = await ordersSpan(compute, mapping.file);
  const asOf = options.asOf ?? endOfDay(dayNumber(to, shop.timeZone), shop.timeZone);
  if (asOf < from)
    throw known('AS_OF_EARLY', { asOf: new Date(asOf).toISOString(), first: new Date(from).toISOString() });
  const horizonDays = chooseHorizon(Math.max(1, Math.round((asOf - from) / DAY_MS)));
  const moment: Moment = { asOf, timeZone: shop.timeZone, shop, horizonDays, seed };

  const definitions = await shopFeatures(compute, moment);
  const features = await timed('features', async () => {
    const customer = await makeFeatures(compute, definitions, {
      of: 'customer',
      asOf,
      timeZone: shop.timeZone,
      into: 'customer_features',
      duplicates: 'absent',
    });
    const product = await makeFeatures(compute, PRODUCT_FEATURES, {
      of: 'product',
      asOf,
      timeZone: shop.timeZone,
      into: 'product_features',
      duplicates: 'absent',
    });
    return { customer, product };
  });
  await timed('profiles', () => makeProfiles(compute, { ...moment, features: 'customer_features' }));
  const value = await timed('value', () => makeValues(compute, moment));
  const tiers = await timed('tiers', () =>
    makeTiers(compute, {
      ...moment,
      policy,
      words: definitions,
      features: async (at, into) => {
        if (at === asOf) await compute.run(`create or replace table ${into} as from customer_features`);
        else
          await makeFeatures(compute, definitions, {
            of: 'customer',
            asOf: at,
            timeZone: shop.timeZone,
            into,
            duplicates: 'absent',
          });
      },
      progress: (share) => watch.step(Math.round(share * 100), 100, '%'),
    }),
  );
  const tierNames = Object.fromEntries(policy.tiers.map(({ key, en, zh }) => [key, { en, zh }]));
  await timed('recommend', () => makeRecommendations(compute, { ...moment, ...recommending, tierNames }));
  const recommend = await timed('judge', () =>
    evaluateRecommendations(compute, { ...moment, rules: recommending.rules, k: recommending.perCustomer }),
  );
  const campaignReport = await timed('campaign', () => plan(options, campaign, moment));

  await timed('write', async () => {
    for (const name of STATE) await writeParquet(compute, `from ${name}`, stage.path('state', `${name}.parquet`));
    copyFileSync(mapping.file, stage.path('tierwise.yaml'));
  });

  seconds.total = rounded(performance.now() - began);
  const report: RunReport = {
    rows: imported.rows,
    seconds,
    peakRssMb: options.peakRssMb(),
    asOf,
    horizonDays,
    seed,
    customers: features.customer.entities,
    products: features.product.entities,
    features: { customer: features.customer.features, product: features.product.features },
    tiers: tiers.tiers.map(({ tier, customers, valueMinor }) => ({ tier, customers, value: valueMinor })),
    quality: { tiers: tiers.evaluation, recommend, value: value.heldOut, campaign: campaignReport },
  };
  const facts: Facts = {
    shop,
    asOf,
    dataDir: resolve(options.dataDir),
    isDemo: mapping.simulated,
    horizonDays,
    fingerprint: options.fingerprint,
  };
  writeReports(stage, { quality: imported, value, tiers, recommend, campaign: campaignReport, run: report });
  writeModels(stage, { value, tiers, asOf, seed });
  writeFileSync(stage.path('tierwise.json'), JSON.stringify(facts, null, 2));
  return report;
}

/** Plans the campaign; on a simulated shop also carries it out and measures it. */
async function plan(
  { compute, dataDir }: LoopOptions,
  settings: CampaignSettings,
  moment: Moment,
): Promise<CampaignPlan & Partial<CampaignOutcome>> {
  const planned = await planCampaign(compute, { ...(await settled(compute, settings, moment.asOf)), ...moment });
  const world = await readShopFacts(dataDir);
  return world === undefined ? planned : { ...planned, ...(await carriedOut(compute, world, planned, moment.asOf)) };
}

function writeReports(stage: Stage, reports: Readonly<Record<string, unknown>>): void {
  for (const [name, report] of Object.entries(reports))
    writeFileSync(stage.path('reports', `${name}.json`), JSON.stringify(report));
}

/** A model is its parameters; the card says what it was learned from and how it did. The version is the hash of both. */
function writeModels(
  stage: Stage,
  made: {
    value: { method: string; parameters: unknown; heldOut: unknown };
    tiers: TierReport;
    asOf: number;
    seed: number;
  },
): void {
  const models = [
    {
      name: 'value',
      model: { method: made.value.method, parameters: made.value.parameters },
      card: { source: 'BG/NBD or MBG/NBD, and Gamma-Gamma', metrics: made.value.heldOut },
    },
    {
      name: 'tiers',
      model: { policy: made.tiers.policy, cutsMinor: made.tiers.cutsMinor, learned: made.tiers.model },
      card: {
        source: 'tier policy; multinomial logistic regression for the next period',
        metrics: made.tiers.evaluation,
      },
    },
  ];
  for (const { name, model, card } of models) {
    const full = { ...card, learnedTo: made.asOf, seed: made.seed };
    const version = createHash('sha256')
      .update(JSON.stringify([model, full]))
      .digest('hex')
      .slice(0, 12);
    writeFileSync(stage.path('models', name, version, 'model.json'), JSON.stringify(model));
    writeFileSync(stage.path('models', name, version, 'card.json'), JSON.stringify({ ...full, version }));
  }
}

/**
 * The customer features of a run. Names of the largest categories and brands are taken as of the first moment that tiers
 * are learned from, where history reaches that far: no feature of that moment may know later ones.
 */
export async function shopFeatures(
  compute: Compute,
  { asOf, horizonDays }: { readonly asOf: number; readonly horizonDays: number },
): Promise<readonly Definition[]> {
  const learnedFrom = asOf - 2 * horizonDays * DAY_MS;
  const [row] = await compute.rows<{ known: boolean }>(
    "select exists (from order_lines where status = 'paid' and ordered_at < $learnedFrom) as known",
    { learnedFrom },
  );
  return customerFeatures(compute, { asOf: row!.known ? learnedFrom : asOf });
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
