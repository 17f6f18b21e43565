/**
 * Decisions whose reward has not come yet: a click comes in seconds, an order in days, and silence means nothing was bought
 * once the time to wait is over.
 */
import type { Outcome } from './policy.ts';
import { refuse } from './state.ts';

/** A decision as it was made. */
export interface Decision {
  readonly id: string;
  readonly arm: string;
  readonly context: readonly number[];
  readonly propensity: number;
  /** See `Outcome.round`. */
  readonly round: number;
  /** Epoch ms UTC. */
  readonly at: number;
}

/** What is kept, as JSON. */
export interface WaitingState {
  readonly decisions: readonly Decision[];
}

/** Decisions that wait for their reward, in the order in which they were made. */
export class Waiting {
  readonly #decisions = new Map<string, Decision>();

  constructor(saved: WaitingState = { decisions: [] }) {
    for (const decision of saved.decisions) this.add(decision);
  }

  get count(): number {
    return this.#decisions.size;
  }

  /** @throws POLICY_BAD where a decision of that id waits */
  add(decision: Decision): void {
    if (this.#decisions.has(decision.id)) refuse(`a second decision "${decision.id}"`, 'an id of its own for each');
    this.#decisions.set(decision.id, decision);
  }

  /**
   * The row to learn from, once; undefined where no such decision waits: it is not known, had its reward or was given up. So a
   * reward that is told twice counts once.
   *
   * @throws POLICY_BAD for a reward that is no finite number; the decision waits on
   */
  reward(id: string, reward: number): Outcome | undefined {
    const found = this.#decisions.get(id);
    if (found === undefined) return undefined;
    if (!Number.isFinite(reward)) refuse(`a reward of ${reward} for the decision "${id}"`, 'a finite number');
    this.#decisions.delete(id);
    return { arm: found.arm, context: found.context, reward, round: found.round };
  }

  /**
   * The rows of decisions that were made before `before` and got nothing, with `reward`; they wait no more.
   *
   * @param before epoch ms UTC: the moment less the time to wait
   */
  expire(before: number, reward = 0): Outcome[] {
    const late = [...this.#decisions.values()].filter(({ at }) => at < before);
    return late.map(({ id }) => this.reward(id, reward)!);
  }

  toJSON(): WaitingState {
    return { decisions: [...this.#decisions.values()] };
  }
}
