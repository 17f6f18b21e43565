/**
 * The outbox: every message with its state, in delivery/delivery.sqlite, which runs leave alone. What counts (caps, the kill
 * switch, withdrawn consent, campaigns that wait) lies in the same file, so that one transaction sees all of it.
 *
 * States: due -> sending -> sent, or back to due (a failure that may pass), or dead (failed), or unknown (it may have gone
 * out); due -> held (stopped for good, with the reason).
 */
import { join } from 'node:path';
import { openSqlite, type Sqlite } from '#engines/index.ts';
import { known } from '#errors.ts';
import { hashOf, type Message, parseMessage } from './message.ts';
import { DEFAULT_SETTINGS, type DeliverySettings, parseSettings, withKeptSecrets, withoutSecrets } from './settings.ts';

export const STATES = ['due', 'sending', 'sent', 'held', 'dead', 'unknown'] as const;
export type MessageState = (typeof STATES)[number];

const SCHEMA = `
  create table if not exists messages (key text primary key, hash text not null, customer text not null, channel text not null,
    purpose text not null, campaign text, journey text, decision text, document text not null, queued_at integer not null,
    due_at integer not null, expires_at integer not null, state text not null, stop text, rule text, said text,
    attempts integer not null default 0, worker text, lease_until integer, counted_day integer, sent_at integer,
    provider_id text, settled integer not null default 0) strict;
  create index if not exists messages_due on messages (state, due_at, key);
  create index if not exists messages_open on messages (key) where settled = 0;
  create index if not exists messages_queued on messages (queued_at, key);
  create index if not exists messages_customer on messages (customer, channel, state);
  create index if not exists messages_campaign on messages (campaign, state);
  create table if not exists counts (customer text not null, channel text not null, day integer not null, sent integer not null,
    primary key (customer, channel, day)) without rowid, strict;
  create table if not exists blocks (customer text not null, purpose text not null, at integer not null, source text not null,
    primary key (customer, purpose)) without rowid, strict;
  create table if not exists campaigns (campaign text primary key, state text not null, at integer not null) without rowid, strict;
  create table if not exists settings (id integer primary key check (id = 1), version integer not null, document text not null) strict;
  create table if not exists kill_switch (id integer primary key check (id = 1), is_on integer not null, actor text not null,
    reason text not null, at integer not null) strict;
  create table if not exists secrets (name text primary key, secret text not null) without rowid, strict;
  create table if not exists changes (seq integer primary key autoincrement, at integer not null, actor text not null,
    what text not null, document text not null) strict`;

export interface KillSwitch {
  readonly isOn: boolean;
  readonly actor: string | null;
  readonly reason: string | null;
  /** Epoch ms of the last change. */
  readonly at: number | null;
}

export interface Enqueued {
  readonly queued: number;
  /** Keys that were there already, with the same message. */
  readonly repeated: number;
  /** Keys that were there with another message: those stay as they were. */
  readonly conflicts: readonly string[];
}

/** The state in which a campaign stands with delivery. */
export type Sending = 'running' | 'paused' | 'ended';

export interface Outbox {
  readonly db: Sqlite;
  /**
   * Queues messages, all or none; a key queued before is the same message, wherever it stands by now.
   *
   * @throws MESSAGE_INVALID
   */
  enqueue(messages: readonly unknown[], now: number): Enqueued;
  killSwitch(): KillSwitch;
  /** On: nothing is handed to a channel any more, by any process, from the next message on. */
  setKillSwitch(
    isOn: boolean,
    by: { readonly actor: string; readonly reason: string; readonly now: number },
  ): KillSwitch;
  settings(): { readonly version: number; readonly settings: DeliverySettings };
  /** @param version of the settings that were changed. @throws DELIVERY_SETTINGS_CHANGED, DELIVERY_SETTINGS_INVALID */
  setSettings(input: unknown, by: { readonly version: number; readonly actor: string; readonly now: number }): number;
  /** Lets a campaign's messages go out, wait, or end for good. */
  setCampaign(campaignId: string, state: Sending, now: number): void;
  /** The customer withdraws consent for a purpose, at once; until `allow`. */
  withdraw(
    customerId: string,
    purpose: 'marketing' | 'personal',
    by: { readonly now: number; readonly source: string },
  ): void;
  allow(customerId: string, purpose: 'marketing' | 'personal'): void;
  /** The customer is erased: nothing is sent any more, and what messages said to whom is gone. */
  erase(customerId: string, now: number): void;
  /** A secret of the workspace under a name: the one kept, or `made`, which is kept from then on. */
  secret(name: string, made: string): string;
  close(): void;
}

interface SettingsRow {
  readonly version: number;
  readonly document: string;
}

/** The outbox of a workspace; without its file it is empty, and all settings are as by default. */
export function openOutbox(dir: string): Outbox {
  const db = openSqlite(join(dir, 'delivery', 'delivery.sqlite'), SCHEMA);
  const changed = (what: string, document: unknown, { actor, now }: { actor: string; now: number }): void => {
    db.write('insert into changes (at, actor, what, document) values (?, ?, ?, ?)', [
      [now, actor, what, JSON.stringify(document)],
    ]);
  };
  const settings: Outbox['settings'] = () => {
    const [row] = db.rows<SettingsRow>('select version, document from settings');
    return row === undefined
      ? { version: 0, settings: DEFAULT_SETTINGS }
      : { version: row.version, settings: parseSettings(JSON.parse(row.document)) };
  };
  const killSwitch = (): KillSwitch => {
    const [row] = db.rows<{ is_on: number; actor: string; reason: string; at: number }>('select * from kill_switch');
    return row === undefined
      ? { isOn: false, actor: null, reason: null, at: null }
      : { isOn: row.is_on === 1, actor: row.actor, reason: row.reason, at: row.at };
  };
  return {
    db,
    enqueue: (messages, now) => enqueue(db, messages.map(parseMessage), now),
    killSwitch,
    setKillSwitch: (isOn, { actor, reason, now }) =>
      db.transaction(() => {
        db.write(
          `insert into kill_switch (id, is_on, actor, reason, at) values (1, ?, ?, ?, ?)
           on conflict (id) do update set is_on = excluded.is_on, actor = excluded.actor, reason = excluded.reason, at = excluded.at`,
          [[isOn ? 1 : 0, actor, reason, now]],
        );
        changed(isOn ? 'kill switch on' : 'kill switch off', { reason }, { actor, now });
        return killSwitch();
      }),
    settings,
    setSettings: (input, by) =>
      db.transaction(() => {
        const before = settings();
        if (before.version !== by.version)
          throw known('DELIVERY_SETTINGS_CHANGED', { came: by.version, now: before.version });
        const next = withKeptSecrets(parseSettings(input), before.settings);
        db.write(
          `insert into settings (id, version, document) values (1, ?, ?)
           on conflict (id) do update set version = excluded.version, document = excluded.document`,
          [[before.version + 1, JSON.stringify(next)]],
        );
        changed('settings', { before: withoutSecrets(before.settings), after: withoutSecrets(next) }, by);
        return before.version + 1;
      }),
    setCampaign: (campaignId, state, now) => setCampaign(db, campaignId, state, now),
    withdraw: (customerId, purpose, { now, source }) =>
      void db.write('insert or ignore into blocks (customer, purpose, at, source) values (?, ?, ?, ?)', [
        [customerId, purpose, now, source],
      ]),
    allow: (customerId, purpose) =>
      void db.write('delete from blocks where customer = ? and purpose = ?', [[customerId, purpose]]),
    erase: (customerId, now) => erase(db, customerId, now),
    secret: (name, made) =>
      db.transaction(() => {
        db.write('insert or ignore into secrets (name, secret) values (?, ?)', [[name, made]]);
        return db.rows<{ secret: string }>('select secret from secrets where name = ?', name)[0]!.secret;
      }),
    close: () => db.close(),
  };
}

function enqueue(db: Sqlite, messages: readonly Message[], now: number): Enqueued {
  return db.transaction(() => {
    let queued = 0;
    let repeated = 0;
    const conflicts: string[] = [];
    for (const message of messages) {
      const { key, customerId, channel, purpose, campaignId, journeyId, decisionId, dueAt, expiresAt } = message;
      const hash = hashOf(message);
      const added = db.write(
        `insert or ignore into messages (key, hash, customer, channel, purpose, campaign, journey, decision, document,
           queued_at, due_at, expires_at, state) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'due')`,
        [
          [
            ...[key, hash, customerId, channel, purpose, campaignId ?? null, journeyId ?? null, decisionId ?? null],
            ...[JSON.stringify(message), now, dueAt, expiresAt],
          ],
        ],
      );
      queued += added;
      if (added === 1) continue;
      const [there] = db.rows<{ hash: string }>('select hash from messages where key = ?', key);
      if (there?.hash === hash) repeated++;
      else conflicts.push(key);
    }
    return { queued, repeated, conflicts };
  });
}

function setCampaign(db: Sqlite, campaignId: string, state: Sending, now: number): void {
  db.transaction(() => {
    db.write(
      `insert into campaigns (campaign, state, at) values (?, ?, ?)
       on conflict (campaign) do update set state = excluded.state, at = excluded.at`,
      [[campaignId, state, now]],
    );
    if (state === 'ended')
      db.write(
        `update messages set state = 'held', stop = 'campaign-ended', rule = 'campaign ' || campaign
         where campaign = ? and state = 'due'`,
        [[campaignId]],
      );
    // those put off while it was paused are asked again at once
    if (state === 'running')
      db.write(
        `update messages set due_at = min(due_at, ?) where campaign = ? and state = 'due' and stop = 'campaign-paused'`,
        [[now, campaignId]],
      );
  });
}

function erase(db: Sqlite, customerId: string, now: number): void {
  db.transaction(() => {
    db.write(`insert or ignore into blocks (customer, purpose, at, source) values (?, '*', ?, 'erasure')`, [
      [customerId, now],
    ]);
    db.write(
      `update messages set state = case when state in ('due', 'sending') then 'held' else state end,
         stop = case when state in ('due', 'sending') then 'erased' else stop end,
         rule = case when state in ('due', 'sending') then 'erasure' else rule end,
         document = json_object('erased', 1), provider_id = null, said = null where customer = ?`,
      [[customerId]],
    );
    db.write('delete from counts where customer = ?', [[customerId]]);
  });
}
