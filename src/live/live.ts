/**
 * The stream of one shop in one process: events go to the durable log, then to identity and state, then to whoever
 * follows. What is answered as accepted is on the disk; state is what the log says, from a checkpoint on.
 */
import type { LiveEvent } from '#events/index.ts';

export interface Accepted {
  readonly kept: number;
  /** Came before under the same message id (or order id), and count once. */
  readonly duplicates: number;
  /** Later than the allowed lateness: kept in the log and the lake, not in the tiles. */
  readonly late: number;
}

/** What the stream knows of one person; merged people are one. */
export interface LivePerson {
  /** The customer id after merges; an anonymous id where nobody is known. */
  readonly id: string;
  readonly lastSeenAt: number;
  /** Newest first, at most 50 each. */
  readonly viewed: readonly Touch[];
  readonly bought: readonly Touch[];
  /** Products in the cart, newest first. */
  readonly cart: readonly Touch[];
  /** Said on the stream, over what the shop's files say; left out: nothing was said. */
  readonly consent: { readonly marketing?: boolean; readonly personal?: boolean };
}

export interface Touch {
  readonly productId: string;
  readonly at: number;
}

export interface LiveCounts {
  readonly events: number;
  readonly duplicates: number;
  readonly late: number;
  readonly people: number;
  /** Number of the next record of the log. */
  readonly next: number;
  /** Number up to which a checkpoint was written. */
  readonly checkpoint: number;
}

export type Follower = (event: LiveEvent, number: number) => void;

export interface Live {
  /**
   * Keeps events; resolves when they are on the disk and in the state.
   *
   * @throws LOG_BUSY, LOG_FULL, LOG_FAILED: none of them was kept
   */
  accept(events: readonly LiveEvent[]): Promise<Accepted>;
  /** By customer or anonymous id. */
  person(id: string): LivePerson | undefined;
  /** Features of the stream (names of #features definitions over `visits` and `orders`) as of `now`, all at once. */
  features(id: string, now: number): Readonly<Record<string, number | null>>;
  /** Called after an event is durable and in the state, in the order of the log; answers how to stop. */
  follow(follower: Follower): () => void;
  /** The last events, newest first, at most 200. */
  recent(): readonly LiveEvent[];
  counts(): LiveCounts;
  close(): Promise<void>;
}
