/** Events of a lake through the journeys: those that came since the last time, in the order in which they happened. */

import type { Outbox } from '#delivery/index.ts';
import type { Compute } from '#engines/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { type Ground, libraryOf } from '#segments/index.ts';
import { surroundings, toOutbox } from './around.ts';
import { type JourneyEvent, makeEngine, namesOf } from './engine.ts';
import { createJourney, type Journey, type Place, readJourneys, startJourney } from './saved.ts';
import { TEMPLATES } from './templates.ts';

export interface ReplayOptions {
  readonly ground: Ground;
  readonly timeZone: string;
  readonly outbox: Outbox;
  /** Epoch ms: the end of the data. */
  readonly asOf: number;
}

export interface Replayed {
  readonly events: number;
  readonly entered: number;
}

/** How far back events are looked at, at most. */
const BACK_DAYS = 56;

/** @param place with the tables of the workspace in `compute` */
export async function replay(compute: Compute, place: Place, options: ReplayOptions): Promise<Replayed> {
  const started = readJourneys(place.dir).filter(({ versions }) => versions.length > 0);
  const done = { events: 0, entered: 0 };
  for (const [scope, journeys] of [
    [EXAMPLES, started.filter(({ isExample }) => isExample)],
    ['live', started.filter(({ isExample }) => !isExample)],
  ] as const) {
    if (journeys.length === 0) continue;
    const own = await replayScope(compute, place, { ...options, scope, journeys });
    done.events += own.events;
    done.entered += own.entered;
  }
  return done;
}

/** Scope of the examples: their past is told anew at each run. */
const EXAMPLES = 'examples';

async function replayScope(
  compute: Compute,
  place: Place,
  options: ReplayOptions & { readonly scope: string; readonly journeys: readonly Journey[] },
): Promise<Replayed> {
  const { scope, journeys, asOf, outbox } = options;
  const around = await surroundings(compute, journeys, { ...options, hand: toOutbox(outbox) });
  const engine = makeEngine(place.store, journeys, around, scope);
  const events = await eventsOf(compute, journeys, asOf);
  let told = 0;
  for (let from = 0; from < events.length; from += 2000)
    place.store.db.transaction(() => {
      for (const event of events.slice(from, from + 2000)) if (engine.onEvent(event)) told++;
    });
  engine.advance(asOf);
  let entered = 0;
  for (const { id, status, versions } of journeys) {
    if (status !== 'running') continue;
    const entry = versions.at(-1)!.definition.nodes.find((node) => node.kind === 'entry')!;
    if (entry.on.kind === 'segment' || (entry.on.kind === 'once' && !everEntered(place, id, versions.length)))
      entered += engine.enter(id, around.members(entry.on.condition), asOf);
  }
  return { events: told, entered };
}

const everEntered = ({ store }: Place, id: string, version: number): boolean =>
  store.db.rows('select 1 from runs where journey = ? and version = ? limit 1', id, version).length > 0;

/** Events that journeys look at and that happened since the first of them was started. */
async function eventsOf(compute: Compute, journeys: readonly Journey[], asOf: number): Promise<JourneyEvent[]> {
  const names = namesOf(journeys);
  if (names.length === 0) return [];
  const first = Math.min(...journeys.map(({ versions }) => versions[0]!.startedAt));
  const params = Object.fromEntries(names.map((name, i) => [`n${i}`, name]));
  return compute.rows<JourneyEvent & Record<string, unknown>>(
    `select message_id as id, customer_id as "customerId", name, occurred_at as at, order_id as "orderId", product_id as "productId",
       coalesce(json_extract_string(properties, '$.cart_id'), session_id) as "cartId"
     from events where customer_id is not null and name in (${names.map((_, i) => `$n${i}`).join(', ')})
       and occurred_at > $from and occurred_at <= $to order by occurred_at, message_id`,
    { ...params, from: Math.max(first, asOf - BACK_DAYS * DAY_MS), to: asOf },
  );
}

const EXAMPLE_KEYS = ['abandoned-cart', 'review', 'win-back'];

/**
 * The examples that a simulated shop comes with: dry, and told the last weeks of its events anew at each run. One that a
 * person has changed or ended stays as it is.
 */
export function makeExamples(place: Place, asOf: number): void {
  const act = { actor: 'Tierwise', now: asOf - BACK_DAYS * DAY_MS };
  const there = new Map(readJourneys(place.dir).map((journey) => [journey.id, journey]));
  for (const key of EXAMPLE_KEYS) {
    const id = `example-${key}`;
    if (there.has(id)) continue;
    const { definition } = TEMPLATES.find((each) => each.key === key)!;
    const { revision } = createJourney(place, { id, draft: definition, isDry: true, isExample: true }, act);
    startJourney(place, { id, revision }, act);
  }
  const examples = readJourneys(place.dir).filter(({ isExample }) => isExample);
  place.store.clear(
    examples.map(({ id }) => id),
    EXAMPLES,
  );
}

export const groundOf = (dir: string, moment: Omit<Ground, 'library'>): Ground => ({
  ...moment,
  library: libraryOf(dir),
});
