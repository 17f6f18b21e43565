/** New campaign plans: a preview writes nothing; a draft is kept in campaigns/<id>/. */
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { type Compute, openWorkspace, writeParquet } from '#engines/index.ts';
import { known } from '#errors.ts';
import { fnv1a32 } from '#kernels/random.ts';
import type { Facts } from './facts.ts';
import { totalsOf } from './plans.ts';
import type { CampaignBody, CampaignSummary, CampaignTotals, PreviewBody } from './schemas.ts';
import type { Store } from './store.ts';

type Body = z.output<typeof PreviewBody>;

/** What a planner is asked for; everything from the body is unchecked beyond its outer shape. */
export interface PlanRequest extends Body {
  readonly campaignId: string;
  readonly facts: Facts;
  readonly seed: number;
}

/**
 * Makes the table `campaign_plan` in `compute` and says what it found.
 *
 * @throws errors of the condition, offer or caps
 */
export type Planner = (compute: Compute, request: PlanRequest) => Promise<unknown>;

const DEPTH_MAX = 32;

/** Totals of the plan that `body` would make. */
export function previewOf(store: Store, plan: Planner, body: Body): Promise<z.infer<typeof CampaignTotals>> {
  return planned(store, plan, { ...requestOf(store, body), campaignId: 'preview' }, () =>
    totalsOf(store, 'campaign_plan'),
  );
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
  const request = { ...requestOf(store, body), campaignId: idOf(name, body, nowMs) };
  const { campaignId } = request;
  return planned(store, plan, request, async (report) => {
    const { audience, offered, holdout, costMinor, expectedProfitMinor } = await totalsOf(store, 'campaign_plan');
    await keep(store, campaignId, { campaignId, name, status: 'draft', createdAt: nowMs, ...body, report });
    return {
      campaignId,
      name,
      status: 'draft',
      createdAt: nowMs,
      audience,
      offered,
      holdout,
      costMinor,
      expectedProfitMinor,
      measuredProfitMinor: null,
    };
  });
}

/** Equal requests have equal plans: the seed comes from what is asked. */
function requestOf(store: Store, body: Body): Omit<PlanRequest, 'campaignId'> {
  if (!isWithin(body, DEPTH_MAX))
    throw known('REQUEST_INVALID', { what: `nested deeper than ${DEPTH_MAX}`, where: 'body' });
  return { ...body, facts: store.facts, seed: fnv1a32(JSON.stringify(body)) };
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
      return await read(await plan(store.compute, request));
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
