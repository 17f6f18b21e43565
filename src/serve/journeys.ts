/** Journeys over HTTP, and the engine that live events go through. */
import type { z } from 'zod';
import type { Outbox } from '#delivery/index.ts';
import {
  checkDefinition,
  type Engine,
  figuresOf,
  groundOf,
  type Journey,
  type JourneyStore,
  makeEngine,
  type Place,
  readJourney,
  readJourneys,
  surroundings,
  toOutbox,
} from '#journeys/index.ts';
import type { Current } from './app-type.ts';
import type { JourneyReply, JourneysReply } from './schemas-journeys.ts';

/** What routes and the clock share. */
export interface Stage {
  readonly store: Current;
  readonly outbox: Outbox;
  readonly journeys: JourneyStore;
}

export const placeOf = ({ store, journeys }: Stage): Place => ({ dir: store().dir, store: journeys });

type Summary = z.infer<typeof JourneysReply>['rows'][number];

const nameOf = ({ draft, id }: Journey): { en: string; zh: string } => {
  const { name } = draft as { name?: { en?: unknown; zh?: unknown } };
  const word = (own: unknown): string => (typeof own === 'string' && own !== '' ? own : id);
  return { en: word(name?.en), zh: word(name?.zh) };
};

function summaryOf({ journeys }: Stage, journey: Journey): Summary {
  const { id, status, versions, isDry, isExample, changedAt, changedBy } = journey;
  const figures = figuresOf(journeys, journey);
  return {
    ...{ id, status, isDry, isExample, changedAt, changedBy },
    name: nameOf(journey),
    version: versions.length,
    entered: figures?.entered ?? 0,
    inside: figures?.inside ?? 0,
    goalRate: figures?.goal?.treated.rate ?? null,
  };
}

export const journeyList = (stage: Stage): Summary[] =>
  readJourneys(stage.store().dir).map((journey) => summaryOf(stage, journey));

/** @throws JOURNEY_UNKNOWN */
export function journeyOf(stage: Stage, id: string, version?: number): z.infer<typeof JourneyReply> {
  const journey = readJourney(stage.store().dir, id);
  const { revision, draft, versions } = journey;
  const last = versions.at(-1);
  const shown = version === undefined ? last : versions.find((each) => each.version === version);
  const figures = figuresOf(stage.journeys, journey, shown?.version);
  const { definition, faults } = checkDefinition(draft);
  return {
    ...summaryOf(stage, journey),
    revision,
    draft: draft as Record<string, unknown>,
    faults: [...faults],
    isChanged: last === undefined || JSON.stringify(definition) !== JSON.stringify(last.definition),
    shown: (shown?.definition ?? null) as Record<string, unknown> | null,
    versions: versions.map(({ version: own, startedAt, actor }) => ({ version: own, startedAt, actor })),
    figures: (figures ?? null) as z.infer<typeof JourneyReply>['figures'],
  };
}

/** The engine of the journeys that real events go through, made anew when a journey or the data change. */
export function liveEngine(stage: Stage): () => Promise<Engine> {
  let made: { key: string; store: unknown; engine: Promise<Engine> } | undefined;
  return () => {
    const store = stage.store();
    const journeys = readJourneys(store.dir).filter(({ versions, isExample }) => versions.length > 0 && !isExample);
    const key = journeys.map(({ id, revision }) => `${id}:${revision}`).join(' ');
    if (made?.key !== key || made.store !== store) {
      const { asOf, shop } = store.facts;
      const around = surroundings(store.compute, journeys, {
        ground: groundOf(store.dir, { asOf, timeZone: shop.timeZone }),
        timeZone: shop.timeZone,
        hand: toOutbox(stage.outbox),
      });
      made = { key, store, engine: around.then((own) => makeEngine(stage.journeys, journeys, own)) };
      made.engine.catch(() => {
        made = undefined;
      });
    }
    return made.engine;
  };
}

/** Lets timers of journeys fire; one look at a time. */
export function watchTheJourneys(
  stage: Stage,
  engine: () => Promise<Engine>,
  { everyMs, log }: { everyMs: number; log: (line: string) => void },
): () => void {
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      const now = Date.now();
      // examples live by the time of their data and are always overdue here
      const live = readJourneys(stage.store().dir).filter(
        ({ isExample, status }) => !isExample && status === 'running',
      );
      if (live.length === 0) return;
      const [due] = stage.journeys.db.rows(
        'select 1 from runs where due_at <= ? and +journey in (select value from json_each(?)) limit 1',
        now,
        JSON.stringify(live.map(({ id }) => id)),
      );
      if (due !== undefined) (await engine()).advance(now);
    } catch (error) {
      log(`journeys: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
