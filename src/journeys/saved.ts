/** Journeys of a workspace: `journeys/ID.json`, with every version that was started, since people finish the one they began. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { known } from '#errors.ts';
import { readDocument, writeDocument } from '#segments/index.ts';
import { checkDefinition, type Definition, type Fault, parseDefinition } from './journey.ts';
import type { JourneyStore } from './store.ts';

export const STATUSES = ['draft', 'running', 'paused', 'ended'] as const;
export type JourneyStatus = (typeof STATUSES)[number];

export interface Journey {
  readonly id: string;
  readonly status: JourneyStatus;
  /** Counts every change; a change names the one it was made to. */
  readonly revision: number;
  /** As it is edited; may have faults. */
  readonly draft: unknown;
  /** Started versions, oldest first; new people enter the last. */
  readonly versions: readonly {
    readonly version: number;
    readonly startedAt: number;
    readonly actor: string;
    readonly definition: Definition;
  }[];
  /** Messages are counted, not queued. */
  readonly isDry: boolean;
  /** An example that a run on a simulated shop made. */
  readonly isExample: boolean;
  readonly changedAt: number;
  readonly changedBy: string;
  /** Since when it runs again after a pause. */
  readonly resumedAt: number | null;
}

const fileOf = (dir: string, id: string): string => join(dir, 'journeys', `${id}.json`);

/** Ids of the journeys, sorted. */
export function journeyIds(dir: string): string[] {
  const folder = join(dir, 'journeys');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^[a-z0-9][a-z0-9-]{0,63}\.json$/.test(name))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

export const readJourneys = (dir: string): Journey[] => journeyIds(dir).map((id) => readJourney(dir, id));

/** @throws JOURNEY_UNKNOWN */
export function readJourney(dir: string, id: string): Journey {
  const document = /^[a-z0-9][a-z0-9-]{0,63}$/.test(id) ? readDocument(fileOf(dir, id)) : undefined;
  if (document === undefined) throw known('JOURNEY_UNKNOWN', { id });
  return document as Journey;
}

/** Who changes, when, and to which revision. */
export interface Act {
  readonly actor: string;
  readonly now: number;
}

export interface Place {
  readonly dir: string;
  readonly store: JourneyStore;
}

/** @throws JOURNEY_STATE where there is one of this id */
export function createJourney(
  { dir, store }: Place,
  { id, draft, isDry = false, isExample = false }: { id: string; draft: unknown; isDry?: boolean; isExample?: boolean },
  { actor, now }: Act,
): Journey {
  return store.db.transaction(() => {
    if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(id))
      throw known('JOURNEY_INVALID', { node: null, what: 'its id is small letters, digits and hyphens', more: 0 });
    if (existsSync(fileOf(dir, id))) throw known('JOURNEY_STATE', { id, what: 'there is one of this id already' });
    const journey: Journey = {
      ...{ id, status: 'draft', revision: 1, draft, versions: [], isDry, isExample },
      ...{ changedAt: now, changedBy: actor, resumedAt: null },
    };
    writeDocument(fileOf(dir, id), journey);
    return journey;
  });
}

/**
 * Changes a journey in one step, others wait.
 *
 * @throws JOURNEY_CHANGED where it was changed since `revision`
 */
function changed(
  { dir, store }: Place,
  { id, revision }: { id: string; revision: number },
  { actor, now }: Act,
  change: (journey: Journey) => Partial<Journey>,
): Journey {
  return store.db.transaction(() => {
    const journey = readJourney(dir, id);
    if (journey.revision !== revision) throw known('JOURNEY_CHANGED', { id, came: revision, now: journey.revision });
    const next = { ...journey, ...change(journey), revision: revision + 1, changedAt: now, changedBy: actor };
    writeDocument(fileOf(dir, id), next);
    return next;
  });
}

type Which = { readonly id: string; readonly revision: number };

/** Replaces the draft; what is wrong with it is told, and stops only its start. */
export function editJourney(
  place: Place,
  which: Which,
  draft: unknown,
  act: Act,
): { journey: Journey; faults: Fault[] } {
  const journey = changed(place, which, act, () => ({ draft }));
  return { journey, faults: checkDefinition(draft).faults };
}

/** Starts the draft as a new version. @throws JOURNEY_INVALID, JOURNEY_CHANGED, JOURNEY_STATE */
export function startJourney(place: Place, which: Which, act: Act): Journey {
  return changed(place, which, act, ({ id, status, draft, versions }) => {
    if (status === 'ended') throw known('JOURNEY_STATE', { id, what: 'it has ended' });
    const definition = parseDefinition(draft);
    const version = { version: versions.length + 1, startedAt: act.now, actor: act.actor, definition };
    return { status: 'running', versions: [...versions, version] };
  });
}

const MOVES: Readonly<Record<'pause' | 'resume' | 'end', { from: readonly JourneyStatus[]; to: JourneyStatus }>> = {
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  end: { from: ['draft', 'running', 'paused'], to: 'ended' },
};

/** pause: nobody enters or moves; resume: they go on; end: nobody enters, those inside leave. @throws JOURNEY_STATE */
export function moveJourney(place: Place, which: Which, move: keyof typeof MOVES, act: Act): Journey {
  return changed(place, which, act, ({ id, status }) => {
    const { from, to } = MOVES[move];
    if (!from.includes(status)) throw known('JOURNEY_STATE', { id, what: `it is ${status}` });
    if (to === 'ended') place.store.endRuns(id, act.now);
    return { status: to, ...(move === 'resume' ? { resumedAt: act.now } : {}) };
  });
}
