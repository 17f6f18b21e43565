/** The planner of #campaigns as the server uses it. */
import { planCampaign } from '#campaigns/index.ts';
import { libraryOf } from '#segments/index.ts';
import { at, readReport, wholeAt } from './facts.ts';
import type { Planner } from './planning.ts';

/** What a shop allows and how it measures is settled by its run; a plan made here follows it. */
export const campaignPlanner: Planner = (store, { campaignId, name, body, seed }) => {
  const { asOf, horizonDays, shop } = store.facts;
  const ofRun = at(readReport(store.dir, 'campaign'), 'plan');
  const windowDays = wholeAt(ofRun, 'windowDays');
  return planCampaign(store.compute, {
    campaignId,
    name,
    ...body,
    ...(at(ofRun, 'consentUnknown') === 'allow' ? { consentUnknown: 'allow' } : {}),
    ...(windowDays === null ? {} : { windowDays }),
    asOf,
    horizonDays,
    shop,
    library: libraryOf(store.dir),
    seed,
  });
};
