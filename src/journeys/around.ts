/** What journeys ask of a workspace: who a condition holds, figures and zones of customers, and where messages go. */
import type { Outbox } from '#delivery/index.ts';
import { FIELD_NAMES, isZone } from '#delivery/index.ts';
import type { Compute } from '#engines/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { type Condition, FIELDS, type Ground, membersSql } from '#segments/index.ts';
import type { Effect, Surroundings } from './engine.ts';
import type { Node } from './journey.ts';
import type { Journey } from './saved.ts';

/** The conditions that journeys ask, as they stand in their versions. */
export function conditionsOf(journeys: readonly Journey[]): Condition[] {
  const nodes = journeys.flatMap(({ versions }) => versions.flatMap(({ definition }) => definition.nodes));
  return nodes.flatMap((node: Node) => {
    if (node.kind === 'split-condition') return [node.condition];
    return node.kind === 'entry' && 'condition' in node.on ? [node.on.condition] : [];
  });
}

/** Asks once for all customers what journeys may want to know; later answers need no waiting. */
export async function surroundings(
  compute: Compute,
  journeys: readonly Journey[],
  {
    ground,
    timeZone,
    hand,
  }: { readonly ground: Ground; readonly timeZone: string; readonly hand: (effect: Effect) => void },
): Promise<Surroundings & { readonly members: (condition: Condition) => string[] }> {
  const held = new Map<string, ReadonlySet<string>>();
  for (const condition of conditionsOf(journeys)) {
    const name = JSON.stringify(condition);
    if (held.has(name)) continue;
    const { sql, params } = membersSql(condition, ground);
    const rows = await compute.rows<{ id: string }>(`select customer_id as id from (${sql}) order by 1`, params);
    held.set(name, new Set(rows.map(({ id }) => id)));
  }
  const scores = new Map<string, ReadonlyMap<string, number>>();
  for (const field of scoresOf(journeys)) scores.set(field, await scoreOf(compute, field));
  const zones = new Map(
    (
      await compute.rows<{ id: string; zone: string }>(
        `select customer_id as id, json_extract_string(traits, '$.time_zone') as zone from customers
         where json_extract_string(traits, '$.time_zone') is not null`,
      )
    )
      .filter(({ zone }) => isZone(zone))
      .map(({ id, zone }) => [id, zone]),
  );
  return {
    holds: (condition, customerId) => held.get(JSON.stringify(condition))?.has(customerId) ?? false,
    score: (field, customerId) => scores.get(field)?.get(customerId),
    zoneOf: (customerId) => zones.get(customerId) ?? timeZone,
    hand,
    members: (condition) => [...(held.get(JSON.stringify(condition)) ?? [])],
  };
}

const scoresOf = (journeys: readonly Journey[]): Set<string> =>
  new Set(
    journeys.flatMap(({ versions }) =>
      versions.flatMap(({ definition }) =>
        definition.nodes.flatMap((node) => (node.kind === 'split-score' && FIELDS.has(node.field) ? [node.field] : [])),
      ),
    ),
  );

async function scoreOf(compute: Compute, field: string): Promise<ReadonlyMap<string, number>> {
  const { sql } = FIELDS.get(field)!;
  if (sql.startsWith('b.')) return new Map();
  const rows = await compute.rows<{ id: string; score: number }>(
    `select p.customer_id as id, (${sql})::double as score from profiles p left join customer_values v using (customer_id)
       left join customer_tiers t using (customer_id) left join lifecycle l using (customer_id) where ${sql} is not null`,
  );
  return new Map(rows.map(({ id, score }) => [id, score]));
}

/** How long a journey's message may wait before it is too late to be sent. */
const LIFE_MS = DAY_MS;

/** Queues what a journey hands over; a dry journey's is counted by the engine and goes nowhere. */
export const toOutbox =
  (outbox: Outbox) =>
  ({ node, journey, customerId, key, at, facts }: Effect): void => {
    if (journey.isDry || node.kind === 'offer') return;
    const body = node.kind === 'webhook' ? { en: { body: node.body } } : node.words;
    const known = { product: facts.productId ?? '', offer: facts.offer ?? '' };
    outbox.enqueue(
      [
        {
          ...{ key, customerId, channel: node.channel, purpose: node.kind === 'webhook' ? 'marketing' : node.purpose },
          words: body,
          fields: { ...Object.fromEntries(FIELD_NAMES.map((name) => [name, ''])), ...known },
          ...{ dueAt: at, expiresAt: at + LIFE_MS, journeyId: journey.id },
          why: `journey ${journey.id}, node ${node.id}`,
        },
      ],
      at,
    );
  };
