/** The outbox as people look at it: pages of messages with what stopped them, and counts. */
import { STOPS, type Stop } from './gate.ts';
import type { Message } from './message.ts';
import { type MessageState, type Outbox, STATES } from './outbox.ts';

export interface MessageView {
  readonly key: string;
  readonly customerId: string;
  readonly channel: string;
  readonly purpose: string;
  readonly campaignId: string | null;
  readonly journeyId: string | null;
  readonly decisionId: string | null;
  readonly why: string | null;
  readonly state: MessageState;
  /** What stopped or put it off, and the rule by its name and limit. */
  readonly stop: Stop | null;
  readonly rule: string | null;
  /** What the channel said last. */
  readonly said: string | null;
  readonly attempts: number;
  readonly queuedAt: number;
  readonly dueAt: number;
  readonly sentAt: number | null;
  readonly providerId: string | null;
}

export interface OutboxQuery {
  readonly state?: MessageState;
  readonly stop?: Stop;
  readonly customerId?: string;
  readonly campaignId?: string;
  readonly journeyId?: string;
  readonly channel?: string;
  readonly limit: number;
  readonly offset: number;
}

const COLUMNS = {
  state: 'state',
  stop: 'stop',
  customerId: 'customer',
  campaignId: 'campaign',
  journeyId: 'journey',
  channel: 'channel',
} as const;

interface Row {
  readonly key: string;
  readonly customer: string;
  readonly channel: string;
  readonly purpose: string;
  readonly campaign: string | null;
  readonly journey: string | null;
  readonly decision: string | null;
  readonly document: string;
  readonly state: MessageState;
  readonly stop: Stop | null;
  readonly rule: string | null;
  readonly said: string | null;
  readonly attempts: number;
  readonly queued_at: number;
  readonly due_at: number;
  readonly sent_at: number | null;
  readonly provider_id: string | null;
}

/** A page of messages, the last queued first. */
export function outboxPage(outbox: Outbox, query: OutboxQuery): { rows: MessageView[]; total: number } {
  const given = Object.entries(COLUMNS).flatMap(([name, column]) => {
    const value = query[name as keyof typeof COLUMNS];
    return value === undefined ? [] : [{ column, value }];
  });
  const where = given.length === 0 ? '' : `where ${given.map(({ column }) => `${column} = ?`).join(' and ')}`;
  const values = given.map(({ value }) => value);
  const [counted] = outbox.db.rows<{ total: number }>(`select count(*) as total from messages ${where}`, ...values);
  const rows = outbox.db.rows<Row>(
    `select * from messages ${where} order by queued_at desc, key limit ? offset ?`,
    ...values,
    query.limit,
    query.offset,
  );
  return { rows: rows.map(viewOf), total: counted?.total ?? 0 };
}

function viewOf(row: Row): MessageView {
  return {
    ...{ key: row.key, customerId: row.customer, channel: row.channel, purpose: row.purpose },
    ...{ campaignId: row.campaign, journeyId: row.journey, decisionId: row.decision },
    why: (JSON.parse(row.document) as Partial<Message>).why ?? null,
    ...{ state: row.state, stop: row.stop, rule: row.rule, said: row.said, attempts: row.attempts },
    ...{ queuedAt: row.queued_at, dueAt: row.due_at, sentAt: row.sent_at, providerId: row.provider_id },
  };
}

export interface OutboxCounts {
  readonly states: Readonly<Record<MessageState, number>>;
  /** Held back, put off or failed, by what stopped them, most first. */
  readonly stops: readonly { readonly stop: Stop; readonly state: MessageState; readonly messages: number }[];
}

/** Messages by state and by what stopped them. */
export function outboxCounts(outbox: Outbox): OutboxCounts {
  const rows = outbox.db.rows<{ state: MessageState; stop: Stop | null; messages: number }>(
    'select state, stop, count(*) as messages from messages group by 1, 2 order by 3 desc, 1, 2',
  );
  const of = (state: MessageState) => rows.reduce((sum, row) => sum + (row.state === state ? row.messages : 0), 0);
  return {
    states: Object.fromEntries(STATES.map((state) => [state, of(state)])) as Record<MessageState, number>,
    stops: rows.flatMap(({ stop, state, messages }) =>
      stop === null || !(stop in STOPS) ? [] : [{ stop, state, messages }],
    ),
  };
}
