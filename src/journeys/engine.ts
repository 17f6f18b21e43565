/**
 * The machine that moves people through journeys, by the time of events. One run is one customer in one version of a journey,
 * for one cart, order or product where the entry says so. The same events in the same order give the same runs, in one
 * sitting or many; an event that comes twice counts once.
 *
 * An event first lets all timers before it fire, then moves the runs that wait for it, then reaches goals, then lets people
 * enter: so the event that lets somebody in is never also the one that they then wait for.
 */
import { isQuiet, minutesOf, nextAllowed } from '#delivery/index.ts';
import { bucketOf } from '#experiments/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import type { Condition } from '#segments/index.ts';
import { edgesOf, type Node, type NodeOf } from './journey.ts';
import type { Journey } from './saved.ts';
import type { JourneyStore, RunRow } from './store.ts';

const MINUTE_MS = 60_000;

export interface JourneyEvent {
  /** Unique: the same id is the same event. */
  readonly id: string;
  readonly customerId: string;
  readonly name: string;
  /** Epoch ms. */
  readonly at: number;
  readonly orderId?: string | null;
  readonly productId?: string | null;
  /** The cart, or the visit where the shop tells no carts. */
  readonly cartId?: string | null;
}

/** What journeys ask about customers and hand over to others. */
export interface Surroundings {
  /** Whether a condition holds for a customer, as known now. */
  holds(condition: Condition, customerId: string): boolean;
  /** A number of a customer; undefined where it is not known. */
  score(field: string, customerId: string): number | undefined;
  /** Time zone of a customer. */
  zoneOf(customerId: string): string;
  /** Hands a message or a call over; told again with the same key after a crash. */
  hand(effect: Effect): void;
}

export interface Effect {
  readonly node: NodeOf<'message'> | NodeOf<'webhook'> | NodeOf<'offer'>;
  readonly journey: Pick<Journey, 'id' | 'isDry'>;
  readonly customerId: string;
  /** Idempotency key of this passage through the node. */
  readonly key: string;
  readonly at: number;
  readonly facts: Facts;
}

export interface Facts {
  readonly productId?: string;
  readonly orderId?: string;
  readonly offer?: string;
  readonly event?: string;
}

export interface Engine {
  /** An event happened. False where it was told before. */
  onEvent(event: JourneyEvent): boolean;
  /** Lets all timers up to `now` fire. */
  advance(now: number): void;
  /** People enter a journey by its segment; those who may not (again) are left out. Answers how many entered. */
  enter(journeyId: string, customerIds: readonly string[], now: number): number;
}

interface Compiled {
  readonly journey: Journey;
  readonly version: number;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly entry: NodeOf<'entry'>;
  readonly goal: NodeOf<'goal'> | undefined;
}

/**
 * @param journeys as they stand; make a new engine after one changed
 * @param scope events are told once in each scope, and it has a clock of its own
 */
export function makeEngine(
  store: JourneyStore,
  journeys: readonly Journey[],
  around: Surroundings,
  scope = 'live',
): Engine {
  const machine: Machine = { store, around, scope, ...compiledOf(journeys) };
  return {
    onEvent: (event) => store.db.transaction(() => onEvent(machine, event)),
    advance: (now) => store.db.transaction(() => advance(machine, now)),
    enter: (journeyId, customerIds, now) =>
      store.db.transaction(() => {
        advance(machine, now);
        const into = machine.latest.get(journeyId);
        if (into === undefined) return 0;
        return customerIds.reduce(
          (count, id) => count + (entered(machine, into, { customer: id, key: '' }, now, {}) ? 1 : 0),
          0,
        );
      }),
  };
}

interface Machine {
  readonly store: JourneyStore;
  readonly around: Surroundings;
  readonly scope: string;
  /** By journey and version. */
  readonly versions: ReadonlyMap<string, Compiled>;
  /** Of running journeys: the version that people enter. */
  readonly latest: ReadonlyMap<string, Compiled>;
  /** Names that mean something to a journey. */
  readonly names: ReadonlySet<string>;
}

function compiledOf(journeys: readonly Journey[]): Omit<Machine, 'store' | 'around' | 'scope'> {
  const versions = new Map<string, Compiled>();
  const latest = new Map<string, Compiled>();
  const names = new Set<string>();
  for (const journey of journeys)
    for (const { version, definition } of journey.versions) {
      const nodes = new Map(definition.nodes.map((node) => [node.id, node]));
      const entry = definition.nodes.find((node) => node.kind === 'entry')!;
      const goal = definition.nodes.find((node) => node.kind === 'goal');
      const own = { journey, version, nodes, entry, goal };
      versions.set(`${journey.id}/${version}`, own);
      if (journey.status === 'running') latest.set(journey.id, own);
      for (const node of definition.nodes) {
        if (node.kind === 'wait-event' || node.kind === 'goal') names.add(node.event);
        if (node.kind === 'entry' && 'event' in node.on) names.add(node.on.event);
        if (node.kind === 'entry' && node.on.kind === 'event-without') names.add(node.on.without);
      }
    }
  return { versions, latest, names };
}

/** The names of events that journeys look at: others need not be told. */
export const namesOf = (journeys: readonly Journey[]): string[] => [...compiledOf(journeys).names].sort();

const keyOf = (event: JourneyEvent, by: string): string | undefined => {
  if (by === 'customer') return '';
  const own = by === 'order' ? event.orderId : by === 'product' ? event.productId : event.cartId;
  return own ?? undefined;
};

function onEvent(machine: Machine, event: JourneyEvent): boolean {
  const { store, names } = machine;
  const { db } = store;
  const [clock] = db.rows<{ at: number }>('select at from clock where scope = ?', machine.scope);
  const at = Math.max(clock?.at ?? 0, event.at);
  advance(machine, at);
  if (!names.has(event.name)) return true;
  if (
    db.write('insert or ignore into seen (scope, event, at) values (?, ?, ?)', [
      [machine.scope, event.id, event.at],
    ]) === 0
  )
    return false;
  const open = db.rows<RunRow>(
    `select * from runs where customer = ? and (awaits = ? or (goal_at is null and state <> 'pending')) order by id`,
    event.customerId,
    event.name,
  );
  for (const run of open) if (run.awaits === event.name && isMeant(machine, run, event)) happened(machine, run, at);
  for (const run of open) reachedGoal(machine, run, event, at);
  for (const into of machine.latest.values()) {
    const { on } = into.entry;
    if (!('event' in on) || on.event !== event.name) continue;
    const key = keyOf(event, on.key);
    if (key === undefined) continue;
    const facts: Facts = {
      event: event.name,
      ...(event.productId == null ? {} : { productId: event.productId }),
      ...(event.orderId == null ? {} : { orderId: event.orderId }),
    };
    const who = { customer: event.customerId, key };
    if (on.kind === 'event') entered(machine, into, who, at, facts);
    else pend(machine, into, who, { at, dueAt: at + on.minutes * MINUTE_MS, without: on.without, facts });
  }
  return true;
}

function isMeant({ versions }: Machine, run: RunRow, event: JourneyEvent): boolean {
  const own = versions.get(`${run.journey}/${run.version}`);
  if (own === undefined) return false;
  if (run.same_key === 0 || !('key' in own.entry.on)) return true;
  return keyOf(event, own.entry.on.key) === run.key;
}

/** What a run waited for happened. */
function happened(machine: Machine, run: RunRow, at: number): void {
  const { db } = machine.store;
  if (run.state === 'pending') {
    db.write('delete from runs where id = ?', [[run.id]]);
    db.write(
      `insert into averted (journey, version, people) values (?, ?, 1)
       on conflict (journey, version) do update set people = people + 1`,
      [[run.journey, run.version]],
    );
    return;
  }
  const node = machine.versions.get(`${run.journey}/${run.version}`)!.nodes.get(run.node) as NodeOf<'wait-event'>;
  db.write(`update runs set awaits = null, due_at = ?, to_node = ?, way = 'next' where id = ?`, [
    [at, node.next, run.id],
  ]);
  advance(machine, at);
}

function reachedGoal(machine: Machine, { id }: RunRow, event: JourneyEvent, at: number): void {
  const { db } = machine.store;
  const [run] = db.rows<RunRow>('select * from runs where id = ?', id);
  if (run === undefined || run.goal_at !== null || run.state === 'pending') return;
  const own = machine.versions.get(`${run.journey}/${run.version}`);
  const goal = own?.goal;
  if (goal === undefined || goal.event !== event.name) return;
  if (event.at < run.entered_at || event.at > run.entered_at + goal.days * DAY_MS) return;
  db.write('update runs set goal_at = ? where id = ?', [[at, run.id]]);
  if (run.state !== 'waiting') return;
  pass(machine, run, { node: run.node, way: 'goal', to: goal.id });
  end(machine, run, { node: goal.id, at, by: 'goal' });
}

/** Moves every run whose time has come; those of a paused journey wait until it goes on. */
function advance(machine: Machine, now: number): void {
  const { db } = machine.store;
  const running = JSON.stringify([...machine.latest.keys()]);
  for (;;) {
    const due = db.rows<RunRow>(
      // the plus keeps the look on the few that are due: by journey it would read everybody in it, at each event
      `select * from runs where due_at <= ? and +journey in (select value from json_each(?)) order by due_at, id limit 500`,
      now,
      running,
    );
    for (const run of due) fire(machine, run);
    if (due.length === 0) break;
  }
  db.write('insert into clock (scope, at) values (?, ?) on conflict (scope) do update set at = max(at, excluded.at)', [
    [machine.scope, now],
  ]);
}

function fire(machine: Machine, run: RunRow): void {
  const own = machine.versions.get(`${run.journey}/${run.version}`)!;
  // what fell due in a pause happens when it is over
  const at = Math.max(run.due_at!, own.journey.resumedAt ?? 0);
  if (run.state === 'pending') {
    machine.store.db.write('delete from runs where id = ?', [[run.id]]);
    const into = machine.latest.get(run.journey);
    if (into !== undefined)
      entered(machine, into, { customer: run.customer, key: run.key }, at, JSON.parse(run.facts) as Facts);
    return;
  }
  walk(machine, own, run, { from: run.node, way: run.way!, to: run.to_node!, at });
}

interface Who {
  readonly customer: string;
  readonly key: string;
}

/** The entry waits whether the other event stays away; seen again meanwhile, it waits anew. */
function pend(
  { store: { db } }: Machine,
  { journey, version, entry }: Compiled,
  { customer, key }: Who,
  { at, dueAt, without, facts }: { at: number; dueAt: number; without: string; facts: Facts },
): void {
  const again = db.write(
    `update runs set due_at = ?, node_at = ?, facts = ? where customer = ? and journey = ? and state = 'pending' and key = ?`,
    [[dueAt, at, JSON.stringify(facts), customer, journey.id, key]],
  );
  if (again > 0) return;
  db.write(
    `insert into runs (journey, version, customer, key, state, node, entered_at, node_at, due_at, awaits, same_key, facts)
     values (?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?, 1, ?)`,
    [[journey.id, version, customer, key, entry.id, at, at, dueAt, without, JSON.stringify(facts)]],
  );
}

/** Lets somebody in, if they may; false where not. */
function entered(machine: Machine, into: Compiled, { customer, key }: Who, at: number, facts: Facts): boolean {
  const { db } = machine.store;
  const { journey, version, entry } = into;
  const { reentry, holdoutShare } = journey.versions[version - 1]!.definition;
  const [before] = db.rows<{ inside: number; last: number | null; ever: number }>(
    `select coalesce(sum(state = 'waiting' and key = ?), 0) as inside, max(entered_at) as last, count(*) as ever from runs
     where customer = ? and journey = ? and state <> 'pending'`,
    key,
    customer,
    journey.id,
  );
  const { inside = 0, last = null, ever = 0 } = before ?? {};
  if (inside > 0 || (reentry.kind === 'once' && ever > 0)) return false;
  if (reentry.kind === 'days' && last !== null && at < last + reentry.days * DAY_MS) return false;
  const isHeldOut = holdoutShare > 0 && bucketOf(`journey/${journey.id}/holdout`, customer) < holdoutShare;
  db.write(
    `insert into runs (journey, version, customer, key, state, node, entered_at, node_at, facts) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [[journey.id, version, customer, key, isHeldOut ? 'held-out' : 'waiting', entry.id, at, at, JSON.stringify(facts)]],
  );
  if (isHeldOut) return true;
  const [run] = db.rows<RunRow>('select * from runs where id = last_insert_rowid()');
  walk(machine, into, run!, { from: entry.id, way: 'next', to: entry.next, at });
  return true;
}

function pass(
  { store: { db } }: Machine,
  { journey, version }: RunRow,
  { node, way, to }: { node: string; way: string; to: string },
): void {
  db.write(
    `insert into passes (journey, version, node, way, to_node, passes) values (?, ?, ?, ?, ?, 1)
     on conflict (journey, version, node, way, to_node) do update set passes = passes + 1`,
    [[journey, version, node, way, to]],
  );
}

function end(
  { store: { db } }: Machine,
  { id }: RunRow,
  { node, at, by }: { node: string; at: number; by: string },
): void {
  db.write(
    `update runs set state = 'ended', node = ?, node_at = ?, due_at = null, awaits = null, ended_at = ?, ended_by = ? where id = ?`,
    [[node, at, at, by, id]],
  );
}

/** From one node to the next until one waits or the journey ends. */
function walk(
  machine: Machine,
  own: Compiled,
  run: RunRow,
  step: { readonly from: string; readonly way: string; readonly to: string; readonly at: number },
): void {
  let { from, way, to } = step;
  const { at } = step;
  let facts = JSON.parse(run.facts) as Facts;
  for (;;) {
    pass(machine, run, { node: from, way, to });
    const node = own.nodes.get(to)!;
    if (node.kind === 'exit' || node.kind === 'goal' || node.kind === 'entry') {
      end(machine, run, { node: to, at, by: node.kind });
      return;
    }
    if (node.kind === 'wait' || node.kind === 'wait-event') {
      rest(machine, run, node, { at, facts });
      return;
    }
    if (node.kind === 'offer') facts = { ...facts, offer: node.offerId };
    if (node.kind === 'offer' || node.kind === 'message' || node.kind === 'webhook')
      machine.around.hand({
        ...{ node, journey: own.journey, customerId: run.customer, at, facts },
        key: `journey/${run.journey}/${run.version}/${run.id}/${node.id}`,
      });
    const out = wayOut(machine, own, run, node);
    if (out === undefined) {
      end(machine, run, { node: to, at, by: 'no branch' });
      return;
    }
    [from, way, to] = [node.id, out.way, out.to];
  }
}

function wayOut(
  { around }: Machine,
  { journey }: Compiled,
  run: RunRow,
  node: Node,
): { way: string; to: string } | undefined {
  if (node.kind === 'split-condition')
    return around.holds(node.condition, run.customer) ? { way: 'yes', to: node.yes } : { way: 'no', to: node.no };
  if (node.kind === 'split-random') {
    const bucket = bucketOf(`journey/${journey.id}/${node.id}`, `${run.customer}/${run.key}`);
    let edge = 0;
    for (const [i, { share, next }] of node.branches.entries()) {
      edge += share;
      if (bucket < edge || (edge >= 1 - 1e-9 && i === node.branches.length - 1)) return { way: String(i), to: next };
    }
    return undefined;
  }
  if (node.kind === 'split-score') {
    const score = around.score(node.field, run.customer);
    const places = node.branches
      .map((branch, i) => ({ ...branch, i }))
      .filter(({ atLeast }) => score !== undefined && score >= atLeast)
      .sort((a, b) => b.atLeast - a.atLeast);
    const [best] = places;
    return best === undefined ? { way: 'otherwise', to: node.otherwise } : { way: String(best.i), to: best.next };
  }
  const [edge] = edgesOf(node);
  return edge === undefined ? undefined : { way: edge.way, to: edge.to };
}

function rest(
  { store: { db }, around }: Machine,
  run: RunRow,
  node: NodeOf<'wait'> | NodeOf<'wait-event'>,
  { at, facts }: { at: number; facts: Facts },
): void {
  const isEvent = node.kind === 'wait-event';
  const dueAt = isEvent ? at + node.minutes * MINUTE_MS : waitEnd(node, at, around.zoneOf(run.customer));
  db.write(
    `update runs set node = ?, node_at = ?, due_at = ?, awaits = ?, same_key = ?, to_node = ?, way = ?, facts = ? where id = ?`,
    [
      [
        ...[node.id, at, dueAt, isEvent ? node.event : null, isEvent && node.sameKey ? 1 : 0],
        ...[isEvent ? node.timeout : node.next, isEvent ? 'timeout' : 'next', JSON.stringify(facts), run.id],
      ],
    ],
  );
}

/** Some minutes from `at`, and from there on to the next moment at which the customer's clock shows the time. */
function waitEnd({ minutes = 0, until }: NodeOf<'wait'>, at: number, timeZone: string): number {
  const after = at + minutes * MINUTE_MS;
  if (until === undefined) return after;
  const minute = minutesOf(until)!;
  // every other minute of the day is quiet; a minute that has begun already is the next day's
  const other = { from: (minute + 1) % 1440, to: minute };
  const start = minutes === 0 && !isQuiet(after, timeZone, other) ? after + MINUTE_MS : after;
  return nextAllowed(start, timeZone, other);
}
