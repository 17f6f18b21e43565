/** What a campaign needs of others: money that is set aside, and messages that are sent. */

export interface Reservation {
  readonly campaignId: string;
  /** Of the campaign that is approved: the same reservation asked for again is the same one. */
  readonly version: number;
  readonly amountMinor: number;
  /** Epoch ms: given back by itself after that. */
  readonly until: number;
  readonly actor: string;
  /** The budget that pays; null: one of the campaign's own. */
  readonly budget: string | null;
}

export interface Money {
  /** Sets money aside, or says how much is free of what pays. */
  reserve(
    reservation: Reservation,
    now: number,
  ):
    | { readonly ok: true; readonly budget: string }
    | { readonly ok: false; readonly budget: string; readonly freeMinor: number };
  /** Gives back what has not been spent. */
  giveBack(reservation: Omit<Reservation, 'actor' | 'budget'> & { readonly budget: string }, now: number): void;
}

export interface Content {
  readonly title: string;
  readonly text: string;
}

export interface Message {
  /** campaign/person/offer: a message with a key that was queued before is the same message. */
  readonly key: string;
  readonly campaignId: string;
  readonly customerId: string;
  readonly offerId: string;
  /** Null: whichever channel reaches them. */
  readonly channel: string | null;
  readonly content: { readonly en: Content; readonly zh: Content } | null;
}

export interface Delivery {
  /** Queues messages; refused are those that may not be sent to (consent, caps ... are asked again when they are sent). */
  enqueue(messages: readonly Message[], now: number): Promise<{ readonly queued: number; readonly refused: number }>;
  /** Lets what is queued wait, and lets it go on. */
  pause(campaignId: string, now: number): Promise<void>;
  resume(campaignId: string, now: number): Promise<void>;
  /** Takes back what is queued and not sent, for good. */
  cancel(campaignId: string, now: number): Promise<void>;
  /** Sends one message to one address, outside of the campaign. @throws where there is no such channel */
  test(
    message: Omit<Message, 'key' | 'customerId'> & { readonly to: string; readonly language: 'en' | 'zh' },
    now: number,
  ): Promise<void>;
}
