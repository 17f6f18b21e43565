/** New campaign plans: a preview writes nothing; a draft is kept in campaigns/<id>/. */
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import {
  ACTIVE,
  acted,
  campaignIds,
  campaignIn,
  comesFirst,
  created,
  giveBack,
  type Kept,
  type Office,
  planFileOf,
  readCampaign,
  record,
  type Simulation,
  takenBy,
} from '#campaigns/index.ts';
import { openWorkspace, writeParquet } from '#engines/index.ts';
import { known } from '#errors.ts';
import { fnv1a32 } from '#kernels/random.ts';
import { at } from './facts.ts';
import { totalsOf } from './plans.ts';
import type { CampaignBody, CampaignSummary, CampaignTotals, PreviewBody } from './schemas.ts';
import type { EditBody } from './schemas-campaign-life.ts';
import type { Store } from './store.ts';

type Body = z.output<typeof PreviewBody>;

export interface PlanRequest {
  readonly campaignId: string;
  readonly name: string;
  /** Checked in its outer shape only. */
  readonly body: Body;
  readonly seed: number;
  /** Customers of campaigns that come first. */
  readonly taken?: ReadonlySet<string>;
}

/**
 * Makes the table `campaign_plan` in the store's compute and says, under `plan`, what it found.
 *
 * @throws errors of the condition, offer or caps
 */
export type Planner = (store: Store, request: PlanRequest) => Promise<unknown>;

const DEPTH_MAX = 32;

/** Totals of the plan that `body` would make. */
export async function previewOf(store: Store, plan: Planner, body: Body): Promise<z.infer<typeof CampaignTotals>> {
  const request = {
    campaignId: 'preview',
    name: 'preview',
    body,
    seed: seedOf(body),
    taken: await takenFrom(store, body),
  };
  return planned(store, plan, request, (report) => totalsOf(store, 'campaign_plan', report));
}

/**
 * What surrounds a plan. Its draw hangs on who is asked and what is offered, not on money, so that a slider of the budget
 * moves along one curve.
 */
export function simulationOf(
  store: Store,
  simulate: (store: Store, request: PlanRequest) => Promise<Simulation>,
  body: Body,
): Promise<Simulation> {
  seedOf(body);
  const { condition, offer, offers, holdoutShare } = body;
  const seed = seedOf({ condition, offer, offers, holdoutShare });
  return store.exclusive(() => simulate(store, { campaignId: 'preview', name: 'preview', body, seed }));
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
  { name, actor = '', budgetId, ...body }: z.output<typeof CampaignBody>,
  nowMs: number,
): Promise<z.infer<typeof CampaignSummary>> {
  const campaignId = idOf(name, body, nowMs);
  const head = { campaignId, name, createdAt: nowMs };
  const request = { campaignId, name, body, seed: seedOf(body), taken: await takenFrom(store, body) };
  return planned(store, plan, request, async (report) => {
    const { audience, offered, holdout, costMinor, expectedProfitMinor } = await totalsOf(
      store,
      'campaign_plan',
      report,
    );
    const step = created(
      {
        ...head,
        ...{ startAt: null, endAt: null, reserved: null, handed: null, planFile: 'plan.parquet' },
        ...termsOf(name, budgetId, body, report),
      },
      { actor, at: nowMs },
    );
    await keep(store, step);
    return {
      ...{ ...head, status: 'draft', audience, offered, holdout, costMinor, expectedProfitMinor },
      measuredProfitMinor: null,
    };
  });
}

/**
 * Makes the plan anew from another body; what was approved is a draft again, and its money is free.
 *
 * @throws CAMPAIGN_UNKNOWN, CAMPAIGN_STATE, CAMPAIGN_CHANGED, WORKSPACE_BUSY
 */
export async function editOf(
  office: Office & { readonly store: Store },
  plan: Planner,
  { id, version, ...edit }: { id: string } & z.output<typeof EditBody>,
  nowMs: number,
): Promise<void> {
  const { store } = office;
  const { name, actor, budgetId, ...body } = edit;
  const { changedAt, ...before } = campaignIn(store.dir, id);
  const doing = { actor, version, at: nowMs, notBefore: changedAt };
  // refused before the work of a plan is done, and again when it is recorded
  acted(before, 'edit', doing);
  const request = { campaignId: id, name, body, seed: seedOf(body), taken: await takenFrom(store, body, id) };
  await planned(store, plan, request, async (report) => {
    const planFile = `plan-${before.version + 1}.parquet`;
    const step = acted(before, 'edit', doing, { name, planFile, ...termsOf(name, budgetId, body, report) });
    const workspace = openWorkspace(store.dir);
    const file = workspace.path('campaigns', id, planFile);
    try {
      const draft = `${file}.${process.pid}`;
      await writeParquet(store.compute, 'from campaign_plan order by customer_id', draft);
      renameSync(draft, file);
      record(store.dir, step);
    } finally {
      workspace.close();
    }
    giveBack(office, before, nowMs);
  });
}

const termsOf = (name: string, budgetId: string | undefined, body: Body, report: unknown) => ({
  priority: body.priority ?? 0,
  exclusive: body.exclusive ?? false,
  asked: { name, ...(budgetId === undefined ? {} : { budgetId }), ...body },
  plan: at(report, 'plan') ?? body,
});

/** Customers of active campaigns that come before one of this rank. */
async function takenFrom(store: Store, body: Body, own?: string): Promise<ReadonlySet<string>> {
  const rank = { priority: body.priority ?? 0, exclusive: body.exclusive ?? false };
  const others = activeCampaigns(store.dir).filter((other) => other.campaignId !== own && comesFirst(other, rank));
  return takenBy(
    store.compute,
    others.map((other) => ({ campaignId: other.campaignId, file: planFileOf(store.dir, other) })),
  );
}

/** Campaigns that people are promised to. */
export const activeCampaigns = (dir: string): Kept[] =>
  campaignIds(dir).flatMap((id) => {
    const campaign = readCampaign(dir, id);
    return campaign !== undefined && ACTIVE.includes(campaign.status) ? [campaign] : [];
  });

/** Equal requests have equal plans: the seed comes from what is asked. */
function seedOf(body: Partial<Body>): number {
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

async function keep(store: Store, step: ReturnType<typeof created>): Promise<void> {
  const id = step.campaign.campaignId;
  const workspace = openWorkspace(store.dir);
  const target = workspace.path('campaigns', id);
  const draft = workspace.path('campaigns', `.${id}`);
  try {
    mkdirSync(draft, { recursive: true });
    await writeParquet(store.compute, 'from campaign_plan order by customer_id', join(draft, 'plan.parquet'));
    record(store.dir, step, draft);
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
