/** A draft that the simulator hands to the wizard; it is taken once. */
import type { Draft } from './draft.ts';

let waiting: Draft | undefined;

export function handOver(draft: Draft): void {
  waiting = draft;
}

/** The draft that was handed over, and none after that. */
export function handedOver(): Draft | undefined {
  const taken = waiting;
  waiting = undefined;
  return taken;
}
