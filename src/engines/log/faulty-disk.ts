/**
 * A disk in memory that fails as disks do, for tests: what was not synced may be lost, torn or kept sector by sector when
 * the power goes, names that were not synced may be lost, room may run out, and any call may fail.
 */
import { random } from '#kernels/random.ts';
import type { Disk, DiskFile } from './disk.ts';

const SECTOR = 512;

interface Content {
  /** What programs see, and what is surely on the platter. */
  seen: Buffer;
  kept: Buffer;
}

export interface FaultyDisk extends Disk {
  /** The power goes and comes back: each sector that was not synced is kept, lost or torn, by the seed. */
  cutPower(seed: number): void;
  /** Turns one bit of what is kept. */
  flip(name: string, bit: number): void;
  /** Total bytes that fit; undefined: no limit. */
  room: number | undefined;
  /** Asked before each change: a code to fail with, or undefined. `sync` is what a lying disk ignores. */
  fault:
    | ((call: 'write' | 'sync' | 'truncate' | 'open' | 'rename' | 'remove' | 'syncNames') => string | undefined)
    | undefined;
  /** A disk that says it synced and did not: the broken control. */
  lies: boolean;
  bytes(name: string): number;
}

const failure = (code: string): Error => Object.assign(new Error(code), { code });

export function faultyDisk(): FaultyDisk {
  let names = new Map<string, Content>();
  let keptNames = new Map<string, Content>();
  const check = (call: Parameters<NonNullable<FaultyDisk['fault']>>[0]): void => {
    const code = disk.fault?.(call);
    if (code !== undefined) throw failure(code);
  };
  const used = (): number => [...names.values()].reduce((sum, { seen }) => sum + seen.length, 0);
  const contentOf = (name: string): Content => {
    const content = names.get(name);
    if (content === undefined) throw failure('ENOENT');
    return content;
  };
  const fileOf = (content: Content): DiskFile => ({
    write: async (bytes, at) => {
      check('write');
      const size = Math.max(content.seen.length, at + bytes.length);
      const left = disk.room === undefined ? Number.POSITIVE_INFINITY : disk.room - used();
      const fits = Math.max(0, Math.min(bytes.length, bytes.length - (size - content.seen.length - left)));
      const grown = Buffer.alloc(Math.max(content.seen.length, at + fits));
      content.seen.copy(grown);
      grown.set(bytes.subarray(0, fits), at);
      content.seen = grown;
      if (fits < bytes.length) throw failure('ENOSPC');
    },
    sync: async () => {
      check('sync');
      if (!disk.lies) content.kept = Buffer.from(content.seen);
    },
    truncate: async (bytes) => {
      check('truncate');
      const cut = Buffer.alloc(bytes);
      content.seen.copy(cut);
      content.seen = cut;
    },
    close: async () => {},
  });
  const disk: FaultyDisk = {
    room: undefined,
    fault: undefined,
    lies: false,
    bytes: (name) => contentOf(name).seen.length,
    list: async () => [...names.keys()].sort(),
    read: async (name) => Buffer.from(contentOf(name).seen),
    open: async (name) => {
      check('open');
      const content = names.get(name) ?? { seen: Buffer.alloc(0), kept: Buffer.alloc(0) };
      names.set(name, content);
      return fileOf(content);
    },
    rename: async (from, to) => {
      check('rename');
      names.set(to, contentOf(from));
      names.delete(from);
    },
    remove: async (name) => {
      check('remove');
      names.delete(name);
    },
    syncNames: async () => {
      check('syncNames');
      if (!disk.lies) keptNames = new Map(names);
    },
    flip: (name, bit) => {
      const { seen } = contentOf(name);
      seen[bit >> 3]! ^= 1 << (bit & 7);
    },
    cutPower: (seed) => {
      const draw = random(seed);
      // names that were not synced: all of the changes came through, or none
      if (draw.uniform() < 0.5) names = new Map(keptNames);
      keptNames = new Map(names);
      for (const content of new Set(names.values())) {
        const size = draw.uniform() < 0.5 ? content.kept.length : content.seen.length;
        const after = Buffer.alloc(size);
        for (let at = 0; at < size; at += SECTOR) {
          const fate = draw.uniform();
          const torn = at + Math.floor(draw.uniform() * SECTOR);
          const end = Math.min(at + SECTOR, size);
          after.set(content.kept.subarray(at, end), at);
          if (fate < 0.4) after.set(content.seen.subarray(at, end), at);
          else if (fate < 0.6) after.set(content.seen.subarray(at, Math.min(torn, end)), at);
        }
        content.kept = after;
        content.seen = Buffer.from(after);
      }
    },
  };
  return disk;
}
