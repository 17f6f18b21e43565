/**
 * Campaigns on disk: `campaigns/ID/changes/000001.json` and on, one file a change with the document after it, never written
 * twice; `campaign.json` is the last document again, for whoever reads the folder. A change is made by the link of a whole,
 * synced file under the next number: of two who change the same version one gets the number and the other is told so.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { known } from '#errors.ts';
import type { Campaign, Change, Step } from './campaign.ts';

const CHANGES = 'changes';
const numbered = (version: number): string => `${String(version).padStart(6, '0')}.json`;

const folderOf = (dir: string, id: string): string => join(dir, 'campaigns', id);

/** Ids of the campaigns that have a life (those of earlier versions are plans only). */
export function campaignIds(dir: string): string[] {
  const root = join(dir, 'campaigns');
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((id) => !id.startsWith('.') && existsSync(join(root, id, CHANGES)))
    .sort();
}

/** The changes of a campaign, oldest first. */
export function changesOf(dir: string, id: string): Change[] {
  return versionsIn(dir, id).map((version) => stepAt(dir, id, version).change);
}

/** The campaign as it is; undefined where there is none with a life. */
export function readCampaign(dir: string, id: string): (Campaign & { readonly changedAt: number }) | undefined {
  const last = versionsIn(dir, id).at(-1);
  if (last === undefined) return undefined;
  const { campaign, change } = stepAt(dir, id, last);
  return { ...campaign, changedAt: change.at };
}

/**
 * Writes a change.
 *
 * @param root the campaign's folder; default its own in the workspace
 * @throws CAMPAIGN_CHANGED where somebody else made the next change first
 */
export function record(dir: string, step: Step, root = folderOf(dir, step.campaign.campaignId)): void {
  const { campaign } = step;
  const changes = join(root, CHANGES);
  mkdirSync(changes, { recursive: true });
  const draft = join(changes, `.${process.pid}-${campaign.version}`);
  writeFileSync(draft, JSON.stringify(step, null, 1), { flush: true });
  try {
    linkSync(draft, join(changes, numbered(campaign.version)));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw known(
      'CAMPAIGN_CHANGED',
      { id: campaign.campaignId, seen: campaign.version - 1, version: versionsInFolder(changes).at(-1) ?? 0 },
      cause,
    );
  } finally {
    rmSync(draft, { force: true });
  }
  syncFolder(changes);
  const copy = join(root, `.campaign-${process.pid}.json`);
  writeFileSync(copy, JSON.stringify(campaign, null, 2), { flush: true });
  renameSync(copy, join(root, 'campaign.json'));
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

const versionsIn = (dir: string, id: string): number[] => versionsInFolder(join(folderOf(dir, id), CHANGES));

function versionsInFolder(folder: string): number[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^\d{6,}\.json$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b);
}

const stepAt = (dir: string, id: string, version: number): Step =>
  JSON.parse(readFileSync(join(folderOf(dir, id), CHANGES, numbered(version)), 'utf8')) as Step;
