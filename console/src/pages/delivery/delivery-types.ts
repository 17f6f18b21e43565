/** Delivery as the API gives it. */
export const STATES = ['due', 'sending', 'sent', 'held', 'dead', 'unknown'] as const;
export type State = (typeof STATES)[number];

export const STOPS = [
  'killed',
  'expired',
  'erased',
  'unknown',
  'withdrawn',
  'no-consent',
  'global-holdout',
  'campaign-holdout',
  'campaign-paused',
  'campaign-ended',
  'no-budget',
  'cap',
  'quiet-hours',
  'no-channel',
  'no-address',
  'refused',
  'failed',
  'outcome-unknown',
] as const;
export type Stop = (typeof STOPS)[number];

export interface Cap {
  readonly channel: string;
  readonly days: number;
  readonly max: number;
}

export interface Settings {
  readonly caps: readonly Cap[];
  readonly quietHours: { readonly from: string; readonly to: string } | null;
  readonly [other: string]: unknown;
}

export interface Channel {
  readonly name: string;
  readonly kind: string;
  readonly address: string;
  readonly isIdempotent: boolean;
}

export interface Delivery {
  readonly killSwitch: {
    readonly isOn: boolean;
    readonly actor: string | null;
    readonly reason: string | null;
    readonly at: number | null;
  };
  readonly version: number;
  readonly settings: Settings;
  readonly counts: {
    readonly states: Readonly<Record<State, number>>;
    readonly stops: readonly { readonly stop: Stop; readonly state: State; readonly messages: number }[];
  };
  readonly channels: readonly Channel[];
}

export interface Message {
  readonly key: string;
  readonly customerId: string;
  readonly channel: string;
  readonly campaignId: string | null;
  readonly journeyId: string | null;
  readonly state: State;
  readonly stop: Stop | null;
  readonly rule: string | null;
  readonly said: string | null;
  readonly queuedAt: number;
  readonly sentAt: number | null;
}
