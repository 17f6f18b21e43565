/** The planner of #campaigns as the server uses it. */

import { type PlanOptions, planCampaign, type Simulation, simulateCampaign } from '#campaigns/index.ts';
import { readHoldout } from '#experiments/index.ts';
import { libraryOf } from '#segments/index.ts';
import { at, readReport, wholeAt } from './facts.ts';
import type { Planner, PlanRequest } from './planning.ts';
import type { Store } from './store.ts';

/** What a shop allows and how it measures is settled by its run; a plan made here follows it. */
export const campaignPlanner: Planner = (store, request) => planCampaign(store.compute, optionsOf(store, request));

/** The same for what surrounds a plan; writes nothing. */
export const campaignSimulator = (store: Store, request: PlanRequest): Promise<Simulation> =>
  simulateCampaign(store.compute, optionsOf(store, request));

function optionsOf(store: Store, { campaignId, name, body, seed, taken }: PlanRequest): PlanOptions {
  const { asOf, horizonDays, shop } = store.facts;
  const ofRun = at(readReport(store.dir, 'campaign'), 'plan');
  const windowDays = wholeAt(ofRun, 'windowDays');
  const globalHoldout = readHoldout(store.dir);
  return {
    campaignId,
    name,
    ...body,
    ...(taken === undefined ? {} : { taken }),
    ...(globalHoldout === undefined ? {} : { globalHoldout }),
    ...(at(ofRun, 'consentUnknown') === 'allow' ? { consentUnknown: 'allow' } : {}),
    ...(windowDays === null ? {} : { windowDays }),
    asOf,
    horizonDays,
    shop,
    library: libraryOf(store.dir),
    seed,
  };
}
