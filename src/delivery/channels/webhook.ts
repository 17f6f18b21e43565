/**
 * A signed call to a gateway that passes messages on (SMS, WeChat and the like): a CloudEvent as JSON, signed as the
 * Standard Webhooks specification says (webhook-id, webhook-timestamp, webhook-signature: v1, HMAC-SHA256 over
 * `id.timestamp.body`), with the idempotency key as its id.
 *
 * @see CloudEvents 1.0.2, section 3 and its JSON event format; Standard Webhooks 1.0.0
 */
import { createHmac } from 'node:crypto';
import { type LookupAddress, lookup as resolve } from 'node:dns';
import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { reachable } from './address.ts';
import { type Channel, type FailureKind, type Outgoing, SendFailure } from './channel.ts';

export interface WebhookOptions {
  readonly name: string;
  readonly url: string;
  readonly address: Channel['can']['address'];
  /** Of the signature; without one calls go unsigned. */
  readonly secret?: string;
  /** Blocks that it may reach although they are private. */
  readonly allowed: readonly string[];
  /** `source` of the events: whose messages these are. */
  readonly source: string;
  /** Longest text, in characters; 0: any. */
  readonly textMax?: number;
  readonly timeoutMs?: number;
  /** Resolves names; default: the system's. */
  readonly lookup?: LookupFunction;
}

const ANSWER_BYTES = 65_536;

/** A channel that calls a webhook. Redirects are not followed, and an address is looked at when the socket connects. */
export function webhookChannel(options: WebhookOptions): Channel {
  return {
    name: options.name,
    can: { idempotent: true, address: options.address, parallel: 8 },
    send: async (message) => {
      const body = JSON.stringify(eventOf(message, options));
      const answer = await post(options, body, headersOf(message, body, options.secret));
      return answer ?? message.key;
    },
  };
}

/** The message as a CloudEvent. */
export const eventOf = (message: Outgoing, { source, name, textMax = 0 }: WebhookOptions) => ({
  specversion: '1.0',
  id: message.key,
  source,
  type: `tierwise.message.${name}`,
  time: new Date(message.at).toISOString(),
  datacontenttype: 'application/json',
  subject: message.customerId,
  data: {
    to: message.to,
    language: message.language,
    title: message.subject,
    text: textMax > 0 ? cut(message.text, textMax) : message.text,
    purpose: message.purpose,
    ...(message.campaignId === undefined ? {} : { campaignId: message.campaignId }),
    ...(message.decisionId === undefined ? {} : { decisionId: message.decisionId }),
    attempt: message.attempt,
  },
});

/** Cut between whole characters from the words, never from the foot that tells how to get out. */
function cut(text: string, most: number): string {
  const at = text.lastIndexOf('\n\n');
  const [words, foot] = [[...text.slice(0, at)], [...text.slice(at)]];
  const room = most - foot.length;
  if (words.length <= room) return text;
  return `${words.slice(0, Math.max(0, room - 1)).join('')}…${foot.join('')}`;
}

/** The signature's header over `body`; see the file's head. */
export const signatureOf = (
  secret: string,
  { id, seconds, body }: { id: string; seconds: number; body: string },
): string => `v1,${createHmac('sha256', secret).update(`${id}.${seconds}.${body}`).digest('base64')}`;

function headersOf(message: Outgoing, body: string, secret: string | undefined): Record<string, string> {
  const seconds = Math.floor(message.at / 1000);
  const id = encodeURIComponent(message.key);
  return {
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'idempotency-key': id,
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    ...(secret === undefined ? {} : { 'webhook-signature': signatureOf(secret, { id, seconds, body }) }),
  };
}

/** Calls and reads the answer's `id`, where it has one. */
async function post(
  { url, allowed, timeoutMs = 10_000, lookup = resolve as LookupFunction }: WebhookOptions,
  body: string,
  headers: Record<string, string>,
): Promise<string | undefined> {
  const target = targetOf(url, allowed);
  const may = reachable(allowed);
  let connected = false;
  const answered = Promise.withResolvers<IncomingMessage>();
  const send = target.protocol === 'https:' ? secureRequest : plainRequest;
  const call: ClientRequest = send(
    target,
    { method: 'POST', headers, agent: false, lookup: guarded(lookup, may), signal: AbortSignal.timeout(timeoutMs) },
    answered.resolve,
  );
  call.on('socket', (socket) => {
    socket.on('connect', () => {
      connected = may(socket.remoteAddress ?? '');
      if (!connected) socket.destroy(refusal(socket.remoteAddress ?? 'nothing'));
    });
  });
  call.on('error', answered.reject);
  call.end(body);
  try {
    return idOf(await answered.promise);
  } catch (error) {
    if (error instanceof SendFailure) throw error;
    // once connected the call may have been heard; the key lets it be made again all the same
    throw new SendFailure(connected ? 'unknown' : 'again', error instanceof Error ? error.message : 'no answer', error);
  }
}

const refusal = (address: string): SendFailure =>
  new SendFailure('never', `${address} is not a public address, and allowedAddresses does not name it`);

/**
 * The address of a webhook as it may be called.
 *
 * @throws SendFailure where it is not http(s), carries a name and password, or names an address that may not be reached;
 *   plain http only goes to addresses that the workspace allows
 */
export function targetOf(url: string, allowed: readonly string[]): URL {
  const target = URL.parse(url);
  if (target === null || (target.protocol !== 'https:' && target.protocol !== 'http:'))
    throw new SendFailure('never', `${url.slice(0, 200)} is not an address of http or https`);
  if (target.username !== '' || target.password !== '')
    throw new SendFailure('never', 'the address holds a name and a password');
  const host = target.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !reachable(allowed)(host)) throw refusal(host);
  if (target.protocol === 'http:' && allowed.length === 0)
    throw new SendFailure('never', 'plain http is only for addresses that allowedAddresses names');
  return target;
}

/** Resolves a name and refuses it when any of its addresses may not be reached: what is checked is what is connected to. */
const guarded =
  (lookup: LookupFunction, may: (address: string) => boolean): LookupFunction =>
  (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const all: LookupAddress[] = Array.isArray(found) ? found : [];
      const bad = all.find(({ address }) => !may(address));
      if (error !== null) done(error, '');
      else if (bad !== undefined) done(refusal(bad.address), '');
      else if (all.length === 0) done(new Error(`${hostname} has no address`), '');
      else if (options.all === true) done(null, all);
      else done(null, all[0]!.address, all[0]!.family);
    });
  };

async function idOf(answer: IncomingMessage): Promise<string | undefined> {
  const status = answer.statusCode ?? 0;
  if (status < 200 || status > 299) {
    answer.destroy();
    throw new SendFailure(kindOf(status), `answered ${status}`);
  }
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > ANSWER_BYTES) return undefined;
    parts.push(part);
  }
  try {
    const { id } = JSON.parse(Buffer.concat(parts).toString('utf8')) as { id?: unknown };
    return typeof id === 'string' || typeof id === 'number' ? String(id).slice(0, 200) : undefined;
  } catch {
    return undefined;
  }
}

/** Refused for good but for too many calls, which pass, and faults of the other side, after which it may have gone out. */
const kindOf = (status: number): FailureKind =>
  status === 429 || status === 503 ? 'again' : status === 408 || status >= 500 ? 'unknown' : 'never';
