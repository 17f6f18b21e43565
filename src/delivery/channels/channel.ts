/** What carries messages out: one small port, adapters beside this file. */
import type { Purpose } from '../message.ts';
import type { Person } from '../person.ts';
import type { Rendered } from '../template.ts';

/** A message as a channel gets it. */
export interface Outgoing extends Rendered {
  /** Idempotency key; passed on to whoever can tell twice from once by it. */
  readonly key: string;
  /** 1 the first time. */
  readonly attempt: number;
  /** Address of the kind that the channel asks for. */
  readonly to: string;
  readonly customerId: string;
  readonly purpose: Purpose;
  readonly campaignId?: string;
  readonly decisionId?: string;
  readonly unsubscribe?: string;
  /** Epoch ms of the sending. */
  readonly at: number;
}

export interface Channel {
  readonly name: string;
  readonly can: {
    /**
     * The same key twice has the effect of once. Such a channel gets a message again whose outcome was lost in a crash (at
     * least once, with one effect); any other does not (at most once: it ends as outcome-unknown, for a person to look at).
     */
    readonly idempotent: boolean;
    /** Kind of the address that it needs. */
    readonly address: keyof Person['addresses'] | 'customer';
    /** How many may be under way at once. */
    readonly parallel: number;
  };
  /**
   * @returns the id under which the provider knows it
   * @throws SendFailure; anything else thrown counts as `unknown`
   */
  send(message: Outgoing): Promise<string>;
  close?(): void;
}

/** again: it did not go out, a later try may do; never: it can't go out; unknown: it may have gone out. */
export type FailureKind = 'again' | 'never' | 'unknown';

export class SendFailure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'SendFailure';
    this.kind = kind;
  }
}
