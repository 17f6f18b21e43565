/** One message to one customer, as whoever plans it writes it; what may really go out is decided when it is due. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { known } from '#errors.ts';

/**
 * What a message is for. `marketing` and `personal` need the consent of that name, count under caps and spare the holdout;
 * `service` (an answer that the customer waits for) needs none, but stops at the kill switch and waits for quiet hours too.
 */
export const PURPOSES = ['marketing', 'personal', 'service'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** The words of a message in one language, with {{fields}}. */
export interface Words {
  /** Of an e-mail; others leave it out. */
  readonly subject?: string;
  readonly body: string;
}

export interface Message {
  /** Idempotency key, 1 to 200 characters: the same key is one message, however often it is queued or sent. */
  readonly key: string;
  readonly customerId: string;
  /** Name of a channel. */
  readonly channel: string;
  readonly purpose: Purpose;
  /** By language of the customer; the other one where theirs lacks. */
  readonly words: { readonly en?: Words; readonly zh?: Words };
  /** Values of the fields that the words name. */
  readonly fields: Readonly<Record<string, string>>;
  /** Epoch ms from which on it may go out, and from which on no more. */
  readonly dueAt: number;
  readonly expiresAt: number;
  readonly campaignId?: string;
  readonly journeyId?: string;
  readonly decisionId?: string;
  /** The hold on a budget that pays for it. */
  readonly holdId?: string;
  /** Why this customer gets it, for people. */
  readonly why?: string;
  /** Of an on-site message: the place on the page. */
  readonly placement?: string;
}

/** What {{...}} may name. `shop` and `unsubscribe` are filled in by delivery itself. */
export const FIELD_NAMES = [
  'shop',
  'unsubscribe',
  'name',
  'product',
  'link',
  'offer',
  'coupon',
  'expires',
  'amount',
  'tier',
  'points',
] as const;

export const FIELD = /\{\{\s*([^{}]*?)\s*\}\}/g;

const id = z.string().min(1).max(200);
const moment = z.int().min(0).max(253_402_300_799_999);
const words = z.strictObject({ subject: z.string().min(1).max(200).optional(), body: z.string().min(1).max(4000) });
const SHAPE = z
  .strictObject({
    key: id,
    customerId: z.string().min(1).max(1000),
    channel: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'a name of a channel'),
    purpose: z.enum(PURPOSES),
    words: z.strictObject({ en: words.optional(), zh: words.optional() }),
    fields: z.record(z.string(), z.string().max(500)).default({}),
    dueAt: moment,
    expiresAt: moment,
    campaignId: id.optional(),
    journeyId: id.optional(),
    decisionId: id.optional(),
    holdId: id.optional(),
    why: z.string().max(1000).optional(),
    placement: id.optional(),
  })
  .refine(({ words: own }) => own.en !== undefined || own.zh !== undefined, {
    path: ['words'],
    message: 'words in en or zh',
  })
  .refine(({ dueAt, expiresAt }) => expiresAt > dueAt, { path: ['expiresAt'], message: 'a moment after dueAt' });

/** The names that words use, each once. */
export const namesIn = ({ subject = '', body }: Words): string[] => [
  ...new Set([...`${subject}\n${body}`.matchAll(FIELD)].map(([, name = '']) => name)),
];

/**
 * Checks a message that came from outside.
 *
 * @throws MESSAGE_INVALID naming the place; also where words name a field that is not known or has no value
 */
export function parseMessage(input: unknown): Message {
  const read = SHAPE.safeParse(input);
  const refuse = (where: string, expected: string) => known('MESSAGE_INVALID', { where, expected });
  if (!read.success) {
    const issue = read.error.issues[0]!;
    throw refuse(issue.path.join('.') || 'message', issue.message);
  }
  const message = JSON.parse(JSON.stringify(read.data)) as Message;
  for (const [language, own] of Object.entries(message.words))
    for (const name of namesIn(own)) {
      if (!FIELD_NAMES.some((each) => each === name))
        throw refuse(`words.${language}`, `{{fields}} out of ${FIELD_NAMES.join(', ')}, not ${name.slice(0, 60)}`);
      if (name !== 'shop' && name !== 'unsubscribe' && !Object.hasOwn(message.fields, name))
        throw refuse(`fields.${name}`, `a value, since words.${language} names it`);
    }
  return message;
}

/** Tells two messages of one key apart; when it is due does not count, since a message may be moved. */
export function hashOf({ dueAt: _due, expiresAt: _expires, ...rest }: Message): string {
  const ordered = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, own]) => [name, ordered(own)])
      : value;
  return createHash('sha256')
    .update(JSON.stringify(ordered(rest)))
    .digest('hex');
}
