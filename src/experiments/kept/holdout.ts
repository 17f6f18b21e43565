/**
 * The global holdout: a small share of all customers who get no campaign and no experiment at all, so that what marketing as
 * a whole brings can be read. Who is in it follows from a hash that never changes; a larger share keeps everybody in it.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { known } from '#errors.ts';
import { chiSquareTail } from '#kernels/distributions.ts';
import { bucketOf } from '../assign.ts';
import { readDocument, writeDocument } from './documents.ts';
import { openExposures } from './exposures.ts';

const HoldoutSchema = z.strictObject({
  revision: z.int().min(1),
  /** Of all customers, 0: none is held out. */
  share: z.number().min(0).max(0.5),
  salt: z.string(),
  since: z.int().min(0),
  log: z.array(z.strictObject({ at: z.int(), actor: z.string(), share: z.number(), note: z.string() })).min(1),
});
export type Holdout = z.infer<typeof HoldoutSchema>;

const fileOf = (dir: string): string => join(dir, 'experiments', 'holdout.json');

let last: { file: string; stamp: string; holdout: Holdout } | undefined;

/**
 * The global holdout of a workspace; undefined where none was ever set.
 *
 * @throws FILE_BROKEN
 */
export function readHoldout(dir: string): Holdout | undefined {
  const file = fileOf(dir);
  if (!existsSync(file)) return undefined;
  const { mtimeMs, size, ino } = statSync(file);
  const stamp = `${mtimeMs} ${size} ${ino}`;
  if (last?.file === file && last.stamp === stamp) return last.holdout;
  const read = HoldoutSchema.safeParse(readDocument(file));
  if (!read.success)
    throw known('FILE_BROKEN', {
      file,
      format: 'a holdout',
      reason: read.error.issues[0]?.message ?? 'not as described',
    });
  last = { file, stamp, holdout: read.data };
  return read.data;
}

/** True for a customer who must get no campaign and no experiment. */
export const isHeldOut = ({ salt, share }: Pick<Holdout, 'salt' | 'share'>, customer: string): boolean =>
  bucketOf(salt, customer) < share;

/**
 * Sets the share. The salt stays for ever: a larger share adds customers, a smaller one lets the last added go.
 *
 * @param revision that was seen; 0 where there was none
 * @throws EXPERIMENT_CHANGED
 */
export function setHoldout(
  dir: string,
  share: number,
  revision: number,
  { actor, at, note = '' }: { readonly actor: string; readonly at: number; readonly note?: string },
): Holdout {
  const lock = openExposures(dir);
  try {
    return lock.alone(() => {
      const before = readHoldout(dir);
      if ((before?.revision ?? 0) !== revision)
        throw known('EXPERIMENT_CHANGED', { id: 'global holdout', saw: revision, now: before?.revision ?? 0 });
      const entry = { at: Math.max(at, before?.log.at(-1)?.at ?? 0), actor, share, note };
      const holdout = HoldoutSchema.parse({
        ...{ revision: revision + 1, share, salt: before?.salt ?? `global holdout ${at}` },
        ...{ since: before?.since ?? at, log: [...(before?.log ?? []), entry] },
      });
      writeDocument(fileOf(dir), holdout);
      return holdout;
    });
  } finally {
    lock.close();
  }
}

export interface HoldoutDrift {
  readonly held: number;
  readonly rest: number;
  readonly byTier: readonly { readonly tier: string; readonly held: number; readonly rest: number }[];
  /** Population stability index of tiers, held out against the rest. */
  readonly psi: number;
  /** Of the chi-square of tiers: a draw alone makes it small once in a thousand below 0.001. */
  readonly pValue: number;
  /** none: as a draw makes it. warning: tiers have shifted; the holdout no longer stands for everybody. */
  readonly level: 'none' | 'warning';
}

/** Above this index a shift matters, whatever the p-value. */
const PSI_MAX = 0.1;

/**
 * Whether the tiers of those held out have shifted from the rest: by chance they are alike, and what marketing does to the
 * rest moves them apart over time.
 *
 * @param tiers code of each customer's tier, in the order of `customers`
 */
export function holdoutDrift(
  holdout: Pick<Holdout, 'salt' | 'share'>,
  customers: readonly string[],
  tiers: ArrayLike<number>,
  names: readonly string[],
): HoldoutDrift {
  const counts = names.map(() => [0, 0] as [number, number]);
  for (const [i, customer] of customers.entries()) {
    const own = counts[tiers[i]!];
    if (own !== undefined) own[isHeldOut(holdout, customer) ? 0 : 1]++;
  }
  return driftOf(names.map((tier, k) => ({ tier, held: counts[k]![0], rest: counts[k]![1] })));
}

/** The same from counts by tier. */
export function driftOf(byTier: HoldoutDrift['byTier']): HoldoutDrift {
  const held = byTier.reduce((sum, own) => sum + own.held, 0);
  const rest = byTier.reduce((sum, own) => sum + own.rest, 0);
  if (held === 0 || rest === 0) return { held, rest, byTier, psi: 0, pValue: 1, level: 'none' };
  let [psi, chiSquare, cells] = [0, 0, 0];
  for (const { held: a, rest: b } of byTier) {
    if (a + b === 0) continue;
    cells++;
    // half a customer in an empty cell keeps the logarithm
    const [p, q] = [Math.max(a, 0.5) / held, Math.max(b, 0.5) / rest];
    psi += (p - q) * Math.log(p / q);
    const all = (a + b) / (held + rest);
    chiSquare += (a - held * all) ** 2 / (held * all) + (b - rest * all) ** 2 / (rest * all);
  }
  const pValue = cells < 2 ? 1 : chiSquareTail(chiSquare, cells - 1);
  // small holdouts move the index by chance alone: it must be more than the draw makes
  const level = pValue < 0.001 || (psi > PSI_MAX && pValue < 0.01) ? 'warning' : 'none';
  return { held, rest, byTier, psi, pValue, level };
}
