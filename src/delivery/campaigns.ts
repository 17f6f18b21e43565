/** The outbox as the life of campaigns uses it: hand people over, let them wait, take back, try out. */
import { known } from '#errors.ts';
import { type Channel, SendFailure } from './channels/channel.ts';
import type { Words } from './message.ts';
import type { Outbox } from './outbox.ts';
import { renderedOf } from './template.ts';

interface Content {
  readonly title: string;
  readonly text: string;
}

/** A message of a campaign; `key` is campaign/person/offer. */
export interface CampaignMessage {
  readonly key: string;
  readonly campaignId: string;
  readonly customerId: string;
  readonly offerId: string;
  /** Null: the first channel that is set up beside pages and files, or the file. */
  readonly channel: string | null;
  /** Null: words that only name the offer. */
  readonly content: { readonly en: Content; readonly zh: Content } | null;
}

/** A message that was not sent for this long after its campaign's start is too late. */
const LIFE_MS = 7 * 86_400_000;

const PLAIN: { readonly en: Words; readonly zh: Words } = {
  en: { subject: '{{shop}}: something for you', body: '{{shop}} has something for you: {{offer}}' },
  zh: { subject: '{{shop}}：为您准备', body: '{{shop}}为您准备了：{{offer}}' },
};

/** Words of a campaign may name the shop, the offer and the way out; other braces stay as they are written. */
const literal = (text: string): string => text.replaceAll(/\{\{(?!\s*(?:shop|offer|unsubscribe)\s*\}\})/g, '{\u200b{');

const wordsOf = ({ title, text }: Content): Words => ({ subject: literal(title) || '{{shop}}', body: literal(text) });

/**
 * What campaigns hand messages to. All moments are epoch ms.
 *
 * @param channels those set up now, asked anew each time
 */
export function campaignDelivery(
  outbox: Outbox,
  {
    channels,
    shop,
  }: { readonly channels: () => ReadonlyMap<string, Channel>; readonly shop: { readonly name: string } },
) {
  const defaultChannel = (): string => [...channels()].find(([, { can }]) => can.address !== 'customer')?.[0] ?? 'file';
  return {
    /** Queues messages; refused are keys that were queued with other words before. */
    enqueue: async (
      messages: readonly CampaignMessage[],
      now: number,
    ): Promise<{ queued: number; refused: number }> => {
      for (const campaignId of new Set(messages.map((each) => each.campaignId)))
        outbox.setCampaign(campaignId, 'running', now);
      const first = defaultChannel();
      const { queued, conflicts } = outbox.enqueue(
        messages.map(({ key, campaignId, customerId, offerId, channel, content }) => ({
          ...{ key, campaignId, customerId, channel: channel ?? first, purpose: 'marketing' },
          words: content === null ? PLAIN : { en: wordsOf(content.en), zh: wordsOf(content.zh) },
          fields: { offer: offerId },
          ...{ dueAt: now, expiresAt: now + LIFE_MS },
        })),
        now,
      );
      return { queued, refused: conflicts.length };
    },
    pause: async (campaignId: string, now: number): Promise<void> => outbox.setCampaign(campaignId, 'paused', now),
    resume: async (campaignId: string, now: number): Promise<void> => outbox.setCampaign(campaignId, 'running', now),
    cancel: async (campaignId: string, now: number): Promise<void> => outbox.setCampaign(campaignId, 'ended', now),
    /** Sends one message to one address at once. @throws CHANNEL_UNKNOWN, CHANNEL_FAILED */
    test: async (
      message: Omit<CampaignMessage, 'key' | 'customerId'> & { readonly to: string; readonly language: 'en' | 'zh' },
      now: number,
    ): Promise<void> => {
      const { channel, campaignId, content, offerId, to, language } = message;
      const words = content === null ? PLAIN : { en: wordsOf(content.en), zh: wordsOf(content.zh) };
      await tryOut(outbox, channels(), {
        ...{ channel: channel ?? defaultChannel(), to, language, words, now, shop },
        ...{ fields: { offer: offerId }, key: `test/${campaignId}/${now}` },
      });
    },
  };
}

/**
 * Sends words to one address to see what arrives: no customer, no caps; the kill switch holds all the same.
 *
 * @returns the provider's id
 * @throws CHANNEL_UNKNOWN, CHANNEL_FAILED
 */
export async function tryOut(
  outbox: Outbox,
  channels: ReadonlyMap<string, Channel>,
  message: {
    readonly channel: string;
    readonly to: string;
    readonly language: 'en' | 'zh';
    readonly words: { readonly en?: Words; readonly zh?: Words };
    readonly fields: Readonly<Record<string, string>>;
    readonly key: string;
    readonly now: number;
    readonly shop: { readonly name: string };
  },
): Promise<string> {
  const { channel: name, to, language, words, fields, key, now, shop } = message;
  const channel = channels.get(name);
  if (channel === undefined) throw known('CHANNEL_UNKNOWN', { channel: name, have: [...channels.keys()] });
  if (outbox.killSwitch().isOn) throw known('CHANNEL_FAILED', { channel: name, said: 'the kill switch is on' });
  const rendered = renderedOf({ words, fields }, { shop: shop.name, language });
  try {
    return await channel.send({ ...rendered, key, attempt: 1, to, customerId: 'test', purpose: 'service', at: now });
  } catch (error) {
    const said = error instanceof SendFailure ? error.message : 'it failed';
    throw known('CHANNEL_FAILED', { channel: name, said }, error);
  }
}
