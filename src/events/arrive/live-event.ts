/** What somebody did, as it arrives: one shape for all doors (Segment, GA4, CloudEvents, NDJSON). */

export const EVENT_TYPES = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** One record of the durable log: JSON in UTF-8. Ids are text of 1 to 200 characters; times are epoch ms UTC. */
export interface LiveEvent {
  /** Names the event for ever: what comes a second time within 30 days counts once. */
  readonly messageId: string;
  readonly type: EventType;
  /** This or `anonymousId` is there. */
  readonly customerId: string | null;
  readonly anonymousId: string | null;
  /** Of `track` the event (Segment e-commerce v2 names); else `Page Viewed`, `Screen Viewed`, `Identified`, `Grouped`, `Aliased`. */
  readonly name: string;
  /** When it happened, the sender's clock put right: timestamp + (receivedAt - sentAt). */
  readonly occurredAt: number;
  readonly receivedAt: number;
  readonly sessionId: string | null;
  readonly productId: string | null;
  readonly orderId: string | null;
  readonly campaignId: string | null;
  /** Of `alias`: who this was before. */
  readonly previousId: string | null;
  /** Properties of a track, page or screen; traits of an identify or group. Plain JSON without `__proto__` and its like. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** The door and key it came by, e.g. `segment:web`. */
  readonly source: string;
}
