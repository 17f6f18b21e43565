/**
 * Switchback experiments: a whole place (a city, a shop front) gets one arm for a slot of time, then another is drawn. What
 * happens soon after a switch may still come from the arm before it, and is left out.
 */
import { known } from '#errors.ts';
import { type Arms, armOf, slotOf } from './assign.ts';

export interface Switchback extends Arms {
  /** Length of a slot, ms. */
  readonly slotMs: number;
  /** Time after a switch of arms that is not counted (carry-over), ms; less than a slot. */
  readonly burnInMs: number;
}

export interface SwitchbackMoment {
  /** Undefined where the slot takes no part. */
  readonly arm: string | undefined;
  /** The cluster of the analysis: all that happened in one slot of one place hangs together. */
  readonly slot: string;
  /** True in the burn-in after a switch. */
  readonly carriesOver: boolean;
}

/**
 * What a place got at a moment, and whether that moment counts.
 *
 * @throws EXPERIMENT_BAD for a burn-in as long as the slot
 */
export function switchbackAt(design: Switchback, place: string, at: number): SwitchbackMoment {
  const { slotMs, burnInMs } = design;
  if (!(slotMs > 0) || !(burnInMs >= 0) || burnInMs >= slotMs)
    throw known('EXPERIMENT_BAD', {
      what: `slots of ${slotMs} ms with ${burnInMs} ms left out after a switch`,
      expected: 'slots above 0, and less left out than a slot is long',
    });
  const slot = slotOf(place, at, slotMs);
  const arm = armOf(design, slot);
  const before = armOf(design, slotOf(place, at - slotMs, slotMs));
  const sinceMs = at - Math.floor(at / slotMs) * slotMs;
  return { arm, slot, carriesOver: sinceMs < burnInMs && before !== arm };
}
