/** New campaign plans: a preview writes nothing; a draft is kept in campaigns/<id>/. */
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { openWorkspace, writeParquet } from '#engines/index.ts';
import { known } from '#errors.ts';
import { fnv1a32 } from '#kernels/random.ts';
import { at } from './facts.ts';
import { totalsOf } from './plans.ts';
import type { CampaignBody, CampaignSummary, CampaignTotals, PreviewBody } from './schemas.ts';
import type { Store } from './store.ts';

type Body = z.output<typeof PreviewBody>;

export interface PlanRequest {
  readonly campaignId: string;
  readonly name: string;
  /** Checked in its outer shape only. */
  readonly body: Body;
  readonly seed: number;
}

/**
 * Makes the table `campaign_plan` in the store's compute and says, under `plan`, what it found.
 *
 * @throws errors of the condition, offer or caps
 */
export type Planner = (store: Store, request: PlanRequest) => Promise<unknown>;

const DEPTH_MAX = 32;

/** Totals of the plan that `body` would make. */
export function previewOf(store: Store, plan: Planner, body: Body): Promise<z.infer<typeof CampaignTotals>> {
  const request = { campaignId: 'preview', name: 'preview', body, seed: seedOf(body) };
  return planned(store, plan, request, (report) => totalsOf(store, 'campaign_plan', report));
}

/**
 * Makes the plan and keeps it; nothing is kept when any part fails.
 *
 * @param nowMs moment that the draft is dated with
 * @throws WORKSPACE_BUSY while a run writes to the workspace
 */
export async function draftOf(
  store: Store,
  plan: Planner,
  { name, ...body }: z.output<typeof CampaignBody>,
  nowMs: number,
): Promise<z.infer<typeof CampaignSummary>> {
  const campaignId = idOf(name, body, nowMs);
  const head = { campaignId, name, status: 'draft' as const, createdAt: nowMs };
  return planned(store, plan, { campaignId, name, body, seed: seedOf(body) }, async (report) => {
    const { audience, offered, holdout, costMinor, expectedProfitMinor } = await totalsOf(
      store,
      'campaign_plan',
      report,
    );
    await keep(store, campaignId, { ...head, plan: at(report, 'plan') ?? body });
    return { ...head, audience, offered, holdout, costMinor, expectedProfitMinor, measuredProfitMinor: null };
  });
}

/** Equal requests have equal plans: the seed comes from what is asked. */
function seedOf(body: Body): number {
  if (!isWithin(body, DEPTH_MAX))
    throw known('REQUEST_INVALID', { what: `nested deeper than ${DEPTH_MAX}`, where: 'body' });
  return fnv1a32(JSON.stringify(body));
}

function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((part) => isWithin(part, depth - 1));
}

/** Plans share the table `campaign_plan`, so one is made, read and dropped before the next begins. */
function planned<T>(
  store: Store,
  plan: Planner,
  request: PlanRequest,
  read: (report: unknown) => Promise<T>,
): Promise<T> {
  return store.exclusive(async () => {
    try {
      return await read(await plan(store, request));
    } finally {
      await store.compute.run('drop table if exists campaign_plan');
    }
  });
}

async function keep(store: Store, id: string, document: object): Promise<void> {
  const workspace = openWorkspace(store.dir);
  const target = workspace.path('campaigns', id);
  const draft = workspace.path('campaigns', `.${id}`);
  try {
    mkdirSync(draft, { recursive: true });
    await writeParquet(store.compute, 'from campaign_plan order by customer_id', join(draft, 'plan.parquet'));
    writeFileSync(join(draft, 'campaign.json'), JSON.stringify(document, null, 2), { flush: true });
    renameSync(draft, target);
  } finally {
    rmSync(draft, { recursive: true, force: true });
    workspace.close();
  }
}

function idOf(name: string, body: Body, nowMs: number): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 40);
  const hash = createHash('sha256')
    .update(`${nowMs} ${name} ${JSON.stringify(body)}`)
    .digest('hex');
  return `${words === '' ? 'campaign' : words}-${hash.slice(0, 8)}`;
}
