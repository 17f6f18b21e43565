/** The channels of a workspace, out of its settings. */
import { join } from 'node:path';
import type { ChannelSettings, DeliverySettings } from '../settings.ts';
import type { Channel } from './channel.ts';
import { fileChannel } from './file.ts';
import { smtpChannel } from './smtp.ts';
import { webhookChannel } from './webhook.ts';

/** By name. `on-site` has none here: pages ask for their messages, see `pending`. */
export function channelsOf(
  settings: DeliverySettings,
  dir: string,
  shop: { readonly name: string },
): Map<string, Channel> {
  return new Map(
    Object.entries(settings.channels).flatMap(([name, own]) => {
      const channel = channelOf(name, own, { settings, dir, shop });
      return channel === undefined ? [] : [[name, channel]];
    }),
  );
}

function channelOf(
  name: string,
  own: ChannelSettings,
  { settings, dir, shop }: { settings: DeliverySettings; dir: string; shop: { readonly name: string } },
): Channel | undefined {
  switch (own.kind) {
    case 'file':
      return fileChannel(name, join(dir, 'delivery', name === 'file' ? 'outbox' : `outbox-${name}`));
    case 'on-site':
      return undefined;
    case 'smtp': {
      const { host, port, security, from, user, password } = own;
      return smtpChannel({
        ...{ name, host, port, security, from },
        ...(user === undefined ? {} : { user }),
        ...(password === undefined ? {} : { password }),
      });
    }
    case 'webhook':
      return webhookChannel({
        ...{ name, url: own.url, address: own.address, textMax: own.textMax, allowed: settings.allowedAddresses },
        source: `tierwise/${encodeURIComponent(shop.name)}`,
        ...(own.secret === undefined ? {} : { secret: own.secret }),
      });
    default:
      return own satisfies never;
  }
}
