/** The life of a campaign: which states there are, and which action leads from where to where. */
import { known } from '#errors.ts';

export const STATUSES = [
  'draft',
  'in-review',
  'approved',
  'scheduled',
  'running',
  'paused',
  'finished',
  'stopped',
] as const;
export type Status = (typeof STATUSES)[number];

/** An edit takes an approval back: what runs is what was approved. */
const MOVES = {
  edit: { from: ['draft', 'in-review', 'approved', 'scheduled'], to: 'draft' },
  submit: { from: ['draft'], to: 'in-review' },
  approve: { from: ['in-review'], to: 'approved' },
  reject: { from: ['in-review'], to: 'draft' },
  schedule: { from: ['approved', 'scheduled'], to: 'scheduled' },
  start: { from: ['approved', 'scheduled', 'paused'], to: 'running' },
  pause: { from: ['running'], to: 'paused' },
  finish: { from: ['running', 'paused'], to: 'finished' },
  stop: { from: ['in-review', 'approved', 'scheduled', 'running', 'paused'], to: 'stopped' },
} as const satisfies Record<string, { from: readonly Status[]; to: Status }>;

export type Action = keyof typeof MOVES;
export const ACTIONS = Object.keys(MOVES) as readonly Action[];

const isFrom = (action: Action, status: Status): boolean => (MOVES[action].from as readonly Status[]).includes(status);

/** What may be done now. */
export const actionsOf = (status: Status): Action[] => ACTIONS.filter((action) => isFrom(action, status));

/** States in which people are promised to a campaign: others look at them for overlap. */
export const ACTIVE: readonly Status[] = ['approved', 'scheduled', 'running', 'paused'];

/** @throws CAMPAIGN_STATE where the action is not for this state */
export function statusAfter(id: string, status: Status, action: Action): Status {
  if (!isFrom(action, status)) throw known('CAMPAIGN_STATE', { id, status, action, can: actionsOf(status) });
  return MOVES[action].to;
}
