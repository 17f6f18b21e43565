/** Who gets which arm: by a hash of the experiment and the member, so that it needs no memory and never changes. */
import { fnv1a32, mix32 } from '#kernels/random.ts';

export interface Arms {
  /** Of the experiment; another salt is another draw. */
  readonly salt: string;
  /** Names and planned shares, in order; shares add up to 1 at most, the rest takes no part. */
  readonly arms: readonly { readonly name: string; readonly share: number }[];
}

/** A number in [0, 1) of a member, the same on every machine; independent between salts. */
export function bucketOf(salt: string, member: string): number {
  // two rounds, since FNV's low bits follow the last letters
  return mix32(mix32(fnv1a32(`${salt}\u0000${member}`)) ^ fnv1a32(member)) / 2 ** 32;
}

/**
 * The arm of a member, or undefined for those who take no part. Enlarging the last arm moves nobody between arms.
 *
 * @param member id of the customer; of the cluster (household, city) for assignment by cluster; or of cluster and time slot
 *   for switchback (`slotOf`)
 */
export function armOf({ salt, arms }: Arms, member: string): string | undefined {
  const bucket = bucketOf(salt, member);
  let edge = 0;
  for (const { name, share } of arms) {
    edge += share;
    if (bucket < edge) return name;
  }
  return undefined;
}

/** The unit of a switchback experiment: everybody of a cluster gets the same in a slot of time. */
export const slotOf = (cluster: string, at: number, slotMs: number): string => `${cluster}@${Math.floor(at / slotMs)}`;

/**
 * Arms in a finished list, balanced within each stratum (tier): of n members of a stratum an arm of share s gets n s,
 * rounded so that the sizes differ from it by less than one; who gets what is drawn by the salt.
 *
 * @param members [n] ids
 * @param strata [n] code of each member's stratum
 * @returns [n] place of the arm, -1 for none
 */
export function stratifiedArms({ salt, arms }: Arms, members: readonly string[], strata: Int32Array): Int32Array {
  const out = new Int32Array(members.length).fill(-1);
  const byStratum = new Map<number, number[]>();
  for (let i = 0; i < members.length; i++) {
    const rows = byStratum.get(strata[i]!) ?? [];
    rows.push(i);
    byStratum.set(strata[i]!, rows);
  }
  for (const [stratum, rows] of byStratum) {
    const key = (i: number) => bucketOf(`${salt}\u0000order`, members[i]!);
    rows.sort((a, b) => key(a) - key(b) || (members[a]! < members[b]! ? -1 : 1));
    // where the edges of shares fall is drawn too, so that nobody's chance depends on rounding
    const shift = bucketOf(`${salt}\u0000edge`, String(stratum));
    let edge = 0;
    let from = 0;
    for (const [arm, { share }] of arms.entries()) {
      edge += share;
      const to = edge >= 1 - 1e-12 ? rows.length : Math.min(rows.length, Math.floor(edge * rows.length + shift));
      for (let k = from; k < to; k++) out[rows[k]!] = arm;
      from = Math.max(from, to);
    }
  }
  return out;
}
