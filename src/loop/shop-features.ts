/** The customer features of one shop, with those of its own largest categories and brands. */
import type { Compute } from '#engines/index.ts';
import { customerFeatures, type Definition, makeFeatures } from '#features/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';

export interface ShopFeatures {
  readonly definitions: readonly Definition[];
  /** Makes the table `into` as of `at`, see `makeFeatures`; the tables must be a lake's: without duplicates. */
  makeAt(at: number, into: string): ReturnType<typeof makeFeatures>;
}

/**
 * The customer features of a run. Names of the largest categories and brands are taken as of the first moment that tiers
 * are learned from, where history reaches that far: no feature of that moment may know later ones.
 */
export async function shopFeatures(
  compute: Compute,
  { asOf, horizonDays, timeZone }: { readonly asOf: number; readonly horizonDays: number; readonly timeZone: string },
): Promise<ShopFeatures> {
  const learnedFrom = asOf - 2 * horizonDays * DAY_MS;
  const [row] = await compute.rows<{ known: boolean }>(
    "select exists (from order_lines where status = 'paid' and ordered_at < $learnedFrom) as known",
    { learnedFrom },
  );
  const definitions = await customerFeatures(compute, { asOf: row!.known ? learnedFrom : asOf });
  return {
    definitions,
    makeAt: (at, into) =>
      makeFeatures(compute, definitions, { of: 'customer', asOf: at, timeZone, into, duplicates: 'absent' }),
  };
}
