/** Layers: experiments that must not share a customer take parts of one line from 0 to 1, on which each customer has a place. */
import { known } from '#errors.ts';
import { bucketOf } from '../assign.ts';
import type { Experiment } from './experiment.ts';

/** Where a customer stands in a layer, 0 to below 1; independent of every other layer and of the arms drawn within it. */
export const placeIn = (layer: string, customer: string): number => bucketOf(`layer\u0000${layer}`, customer);

/**
 * The first free part of a layer that is as wide as the share.
 *
 * @param running experiments of the workspace that run
 * @throws EXPERIMENT_BAD where the layer has no such part left
 */
export function freeSlot(
  layer: { readonly name: string; readonly share: number },
  running: readonly Experiment[],
): { from: number; to: number } {
  const taken = running
    .filter(({ plan, slot }) => plan.layer?.name === layer.name && slot !== null)
    .map(({ slot }) => slot!)
    .sort((a, b) => a.from - b.from);
  let from = 0;
  for (const slot of [...taken, { from: 1, to: 1 }]) {
    if (slot.from - from >= layer.share - 1e-9) return { from, to: Math.min(1, from + layer.share) };
    from = Math.max(from, slot.to);
  }
  const used = taken.reduce((sum, slot) => sum + slot.to - slot.from, 0);
  throw known('EXPERIMENT_BAD', {
    what: `a share of ${layer.share} of the layer ${layer.name}, of which running experiments hold ${Number(used.toPrecision(4))}`,
    expected: 'a smaller share, another layer, or the end of one of them',
  });
}
