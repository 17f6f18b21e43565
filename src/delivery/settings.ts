/** What a workspace says about delivery: caps, quiet hours, retries, and the channels' addresses. */
import { z } from 'zod';
import { known } from '#errors.ts';
import { minutesOf, type QuietHours } from './quiet-hours.ts';

const clock = z.string().refine((text) => minutesOf(text) !== undefined, 'a time of the day such as 21:30');
const name = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'a name of small letters, digits and hyphens');
const secret = z.string().min(1).max(500);

const CHANNEL = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file') }),
  z.strictObject({ kind: z.literal('on-site') }),
  z.strictObject({
    kind: z.literal('smtp'),
    host: z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/, 'a host name'),
    port: z.int().min(1).max(65_535).default(587),
    /** starttls and tls refuse to go on in the clear. */
    security: z.enum(['starttls', 'tls', 'none']).default('starttls'),
    from: z.string().min(3).max(254),
    user: z.string().max(254).optional(),
    password: secret.optional(),
  }),
  z.strictObject({
    kind: z.literal('webhook'),
    url: z.url().max(2000),
    /** What the gateway is for: where the customer's address is looked up. */
    address: z.enum(['phone', 'wechat', 'email', 'customer']).default('phone'),
    secret: secret.min(16, 'at least 16 characters').optional(),
    /** 0: as long as it takes. */
    textMax: z.int().min(0).max(4000).default(0),
  }),
]);

const SETTINGS = z.strictObject({
  caps: z
    .array(
      z.strictObject({
        /** A channel, or all of them together. */
        channel: name.or(z.literal('any')),
        /** Of the customer's calendar, today included. */
        days: z.int().min(1).max(92),
        max: z.int().min(0).max(1000),
      }),
    )
    .max(50)
    .default([
      { channel: 'any', days: 1, max: 2 },
      { channel: 'any', days: 7, max: 4 },
    ]),
  quietHours: z.strictObject({ from: clock, to: clock }).nullable().default({ from: '21:30', to: '08:00' }),
  consentUnknown: z.enum(['deny', 'allow']).default('deny'),
  retry: z
    .strictObject({
      attempts: z.int().min(1).max(20),
      firstMs: z.int().min(1).max(86_400_000),
      mostMs: z.int().min(1).max(604_800_000),
    })
    .default({ attempts: 6, firstMs: 30_000, mostMs: 3_600_000 }),
  channels: z.record(name, CHANNEL).default({ file: { kind: 'file' }, 'on-site': { kind: 'on-site' } }),
  /** Address blocks (10.1.0.0/16) that webhooks may reach although they are private. */
  allowedAddresses: z
    .array(z.union([z.cidrv4(), z.cidrv6()]))
    .max(50)
    .default([]),
  /** Where the unsubscribe link leads; {{customer}} and {{token}} are put in. Without it: a word to answer with. */
  unsubscribeUrl: z.url().max(500).optional(),
});

export type DeliverySettings = z.output<typeof SETTINGS>;
export type ChannelSettings = DeliverySettings['channels'][string];

/** Settings of a workspace that never set any: all default, messages go to files. */
export const DEFAULT_SETTINGS: DeliverySettings = SETTINGS.parse({});

/** @throws DELIVERY_SETTINGS_INVALID naming the key */
export function parseSettings(input: unknown): DeliverySettings {
  const read = SETTINGS.safeParse(input);
  if (read.success) return read.data;
  const issue = read.error.issues[0]!;
  throw known('DELIVERY_SETTINGS_INVALID', { where: issue.path.join('.') || 'settings', expected: issue.message });
}

/** As minutes; undefined where there are none. */
export const quietOf = ({ quietHours }: DeliverySettings): QuietHours | undefined =>
  quietHours === null || quietHours.from === quietHours.to
    ? undefined
    : { from: minutesOf(quietHours.from)!, to: minutesOf(quietHours.to)! };

const SECRETS = ['password', 'secret'] as const;
/** Stands for a secret that is there and is not told. */
export const KEPT = '••••••••••••••••';

/** The settings as they may be shown: secrets are only said to be there. */
export function withoutSecrets(settings: DeliverySettings): DeliverySettings {
  const channels = Object.entries(settings.channels).map(([own, channel]) => [
    own,
    Object.fromEntries(
      Object.entries(channel).map(([key, value]) => [key, SECRETS.some((each) => each === key) ? KEPT : value]),
    ),
  ]);
  return { ...settings, channels: Object.fromEntries(channels) as DeliverySettings['channels'] };
}

/**
 * New settings with the secrets that came back unshown put in again, as long as they still go to the same place: a secret
 * never follows a channel to another address.
 */
export function withKeptSecrets(next: DeliverySettings, before: DeliverySettings): DeliverySettings {
  const target = (channel: ChannelSettings): string =>
    channel.kind === 'smtp' ? `${channel.host}:${channel.port}` : channel.kind === 'webhook' ? channel.url : '';
  const channels = Object.entries(next.channels).map(([own, channel]) => {
    const old = before.channels[own];
    const filled = Object.entries(channel).flatMap(([key, value]) => {
      if (value !== KEPT) return [[key, value] as const];
      if (old === undefined || old.kind !== channel.kind || target(old) !== target(channel))
        throw known('DELIVERY_SETTINGS_INVALID', {
          where: `channels.${own}.${key}`,
          expected: 'the secret again, since the channel leads elsewhere now',
        });
      return [[key, (old as Record<string, unknown>)[key]] as const];
    });
    return [own, Object.fromEntries(filled)];
  });
  return { ...next, channels: Object.fromEntries(channels) as DeliverySettings['channels'] };
}
