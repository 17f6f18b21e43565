/** What the clock asks for: which campaigns are to start or to end, and which missed their time. */
import type { Campaign } from './campaign.ts';
import type { Action } from './status.ts';

export interface Due {
  readonly id: string;
  readonly action: Extract<Action, 'start' | 'finish' | 'stop'>;
  readonly note: string;
}

/**
 * A start that is so late is not made up for: the clock jumped, or nothing ran for that long. Somebody looks at it first.
 */
export const LATE_MS = 24 * 3_600_000;

/** @param now epoch ms */
export function dueOf(
  campaigns: readonly Pick<Campaign, 'campaignId' | 'status' | 'startAt' | 'endAt'>[],
  now: number,
): Due[] {
  return campaigns.flatMap(({ campaignId: id, status, startAt, endAt }): Due[] => {
    const isOver = endAt !== null && endAt <= now;
    if (status === 'scheduled' && startAt !== null && startAt <= now) {
      if (isOver) return [{ id, action: 'stop', note: 'its end had passed before it could start; nothing was sent' }];
      if (now - startAt > LATE_MS)
        return [{ id, action: 'stop', note: 'its start was missed by more than a day; nothing was sent' }];
      return [{ id, action: 'start', note: 'its time has come' }];
    }
    return (status === 'running' || status === 'paused') && isOver
      ? [{ id, action: 'finish', note: 'its end has come' }]
      : [];
  });
}
