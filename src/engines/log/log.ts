/**
 * An append-only log that keeps what it said it would: `append` resolves when the records are on the disk. Appends that
 * come while the disk is busy share the next write and sync. At most one frame is ever not synced, so after a crash at
 * most the last frame is torn: it was never acknowledged and is cut off; damage before it is refused, never skipped.
 */
import { known } from '#errors.ts';
import type { Disk, DiskFile } from './disk.ts';
import { frameAt, frameOf, headOf, SEGMENT_HEAD, segmentHead, soundFrameAfter } from './frames.ts';

export interface LogOptions {
  /** A segment that has reached this is closed and the next begun; default 64 MiB. */
  readonly segmentBytes?: number;
  /** Records that wait for the disk, in bytes; beyond it appends are refused. Default 32 MiB. */
  readonly waitingBytesMax?: number;
}

export interface LogBatch {
  /** Number of the first record, from 0. */
  readonly first: number;
  readonly records: readonly Uint8Array[];
}

export interface Log {
  /** Number that the next record gets: all before it are durable. */
  readonly next: number;
  /** Number of the oldest record that is still there. */
  readonly oldest: number;
  /** Bytes that were cut off at opening: a frame that a crash tore, which nobody was told of as kept. */
  readonly cutBytes: number;
  /**
   * Keeps records, all or none; resolves to the number of the first when they are on the disk.
   *
   * @throws LOG_BUSY when too much waits; LOG_FULL when the disk has no room (the log goes on when there is); LOG_FAILED
   *   when the disk failed: nothing more is taken until the log is opened anew. After each of them the records are not kept.
   */
  append(records: readonly Uint8Array[]): Promise<number>;
  /**
   * Durable records from `from` on, in batches, up to those durable when the end is reached.
   *
   * @throws LOG_BROKEN at the first byte that is not what was written
   */
  read(from: number): AsyncIterable<LogBatch>;
  /** Removes the oldest segments, as long as all their records are before `before`; answers how many. */
  trim(before: number): Promise<number>;
  /** Waits for what was taken, then closes. */
  close(): Promise<void>;
}

interface Segment {
  readonly name: string;
  readonly first: number;
}

interface Waiting {
  readonly records: readonly Uint8Array[];
  readonly bytes: number;
  readonly done: (first: number) => void;
  readonly failed: (error: unknown) => void;
}

const SEGMENT_BYTES = 64 * 1024 * 1024;
const WAITING_MAX = 32 * 1024 * 1024;
/** Bytes of one frame, unless a single append has more. */
const FRAME_MAX = 8 * 1024 * 1024;
const nameOf = (first: number): string => `${String(first).padStart(16, '0')}.log`;
const NAME = /^(\d{16})\.log$/;

/**
 * Opens the log of a folder.
 *
 * @throws LOG_BROKEN when what was acknowledged is damaged
 */
export async function openLog(disk: Disk, options: LogOptions = {}): Promise<Log> {
  const { segmentBytes = SEGMENT_BYTES, waitingBytesMax = WAITING_MAX } = options;
  const segments = await segmentsIn(disk);
  const found = await lastOf(disk, segments);
  if (segments.length === 0) segments.push(await begin(disk, 0));
  let file = await disk.open(segments.at(-1)!.name);
  if (found.cutBytes > 0) {
    await file.truncate(found.end);
    await file.sync();
  }
  let { next, end } = found;
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let working: Promise<void> | undefined;
  let failure: Error | undefined;
  let closed = false;

  const refuse = (batch: readonly Waiting[], error: Error): void => {
    for (const { failed } of batch) failed(error);
  };
  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = taken(waiting);
      waiting = waiting.slice(batch.length);
      const error = failure ?? (await keep(batch));
      for (const { bytes } of batch) waitingBytes -= bytes;
      if (error !== undefined) refuse(batch, error);
    }
    working = undefined; // in the same turn as the last look at what waits
  };
  /** Writes one frame; an error is what to tell those whose records were not kept. */
  const keep = async (batch: readonly Waiting[]): Promise<Error | undefined> => {
    const frame = frameOf(
      next,
      batch.flatMap(({ records }) => records),
    );
    try {
      if (end >= segmentBytes) {
        const fresh = await begin(disk, next);
        const opened = await disk.open(fresh.name);
        await file.close();
        [file, end] = [opened, SEGMENT_HEAD];
        segments.push(fresh);
      }
      await file.write(frame, end);
    } catch (error) {
      return undone(file, error);
    }
    try {
      await file.sync();
    } catch (error) {
      // What the disk holds is not known any more, and asking again could be answered with a lie.
      failure = known('LOG_FAILED', { reason: codeOf(error) }, error);
      await file.truncate(end).catch(() => undefined);
      return failure;
    }
    end += frame.length;
    let first = next;
    next = first + batch.reduce((sum, { records }) => sum + records.length, 0);
    for (const { records, done } of batch) {
      done(first);
      first += records.length;
    }
    return undefined;
  };
  /** Takes back a frame that was written in part. */
  const undone = async (to: DiskFile, error: unknown): Promise<Error> => {
    try {
      await to.truncate(end);
      if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT')
        return known('LOG_FULL', { reason: codeOf(error) }, error);
    } catch {
      // told below
    }
    failure = known('LOG_FAILED', { reason: codeOf(error) }, error);
    return failure;
  };

  return {
    get next() {
      return next;
    },
    get oldest() {
      return segments[0]!.first;
    },
    cutBytes: found.cutBytes,
    append: (records) => {
      if (failure !== undefined) return Promise.reject(failure);
      if (closed) return Promise.reject(known('LOG_FAILED', { reason: 'closed' }));
      if (records.length === 0) return Promise.resolve(next);
      const bytes = records.reduce((sum, { length }) => sum + length, 0);
      if (waitingBytes > 0 && waitingBytes + bytes > waitingBytesMax)
        return Promise.reject(known('LOG_BUSY', { waitingBytes }));
      waitingBytes += bytes;
      return new Promise((done, failed) => {
        waiting.push({ records, bytes, done, failed });
        working ??= Promise.resolve().then(work);
      });
    },
    read: (from) =>
      readFrom(
        disk,
        () => segments,
        () => next,
        from,
      ),
    trim: async (before) => {
      let removed = 0;
      while (segments.length > 1 && segments[1]!.first <= before) {
        await disk.remove(segments[0]!.name);
        segments.shift();
        removed++;
      }
      if (removed > 0) await disk.syncNames();
      return removed;
    },
    close: async () => {
      closed = true;
      while (working !== undefined) await working;
      await file.close();
    },
  };
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).message;

/** The first of those that wait, as many as one frame may have. */
function taken(waiting: readonly Waiting[]): Waiting[] {
  let bytes = 0;
  let count = 0;
  while (count < waiting.length && (count === 0 || bytes + waiting[count]!.bytes <= FRAME_MAX))
    bytes += waiting[count++]!.bytes;
  return waiting.slice(0, count);
}

async function segmentsIn(disk: Disk): Promise<Segment[]> {
  const out: Segment[] = [];
  for (const name of await disk.list()) {
    const digits = NAME.exec(name)?.[1];
    if (digits !== undefined) out.push({ name, first: Number(digits) });
    else if (name.endsWith('.new')) await disk.remove(name); // a segment that was never begun
  }
  return out;
}

/** Makes a segment under another name first, so that it is there whole or not at all. */
async function begin(disk: Disk, first: number): Promise<Segment> {
  const name = nameOf(first);
  const made = await disk.open(`${name}.new`);
  try {
    await made.write(segmentHead(first), 0);
    await made.truncate(SEGMENT_HEAD);
    await made.sync();
  } finally {
    await made.close();
  }
  await disk.rename(`${name}.new`, name);
  await disk.syncNames();
  return { name, first };
}

/** Where the log ends: the last segment is read through. */
async function lastOf(
  disk: Disk,
  segments: readonly Segment[],
): Promise<{ next: number; end: number; cutBytes: number }> {
  const last = segments.at(-1);
  if (last === undefined) return { next: 0, end: SEGMENT_HEAD, cutBytes: 0 };
  const bytes = await disk.read(last.name);
  if (headOf(bytes) !== last.first) throw known('LOG_BROKEN', { segment: last.name, at: 0 });
  let next = last.first;
  let end = SEGMENT_HEAD;
  for (let frame = frameAt(bytes, end); frame !== undefined && frame.first === next; frame = frameAt(bytes, end)) {
    next += frame.records.length;
    end = frame.end;
  }
  // Only the last frame can be torn: a sound one behind means that something acknowledged is damaged.
  if (end < bytes.length && soundFrameAfter(bytes, end + 1) >= 0)
    throw known('LOG_BROKEN', { segment: last.name, at: end });
  return { next, end, cutBytes: bytes.length - end };
}

async function* readFrom(
  disk: Disk,
  segmentsNow: () => readonly Segment[],
  nextNow: () => number,
  from: number,
): AsyncGenerator<LogBatch> {
  let at = from;
  while (at < nextNow()) {
    const segments = segmentsNow();
    const place = segments.findLastIndex(({ first }) => first <= at);
    if (place < 0) throw known('LOG_BROKEN', { segment: nameOf(at), at: 0 });
    const segment = segments[place]!;
    const until = Math.min(nextNow(), segments[place + 1]?.first ?? Number.POSITIVE_INFINITY);
    const bytes = await disk.read(segment.name);
    if (headOf(bytes) !== segment.first) throw known('LOG_BROKEN', { segment: segment.name, at: 0 });
    let end = SEGMENT_HEAD;
    let number = segment.first;
    while (number < until) {
      const frame = frameAt(bytes, end);
      if (frame === undefined || frame.first !== number) throw known('LOG_BROKEN', { segment: segment.name, at: end });
      const skip = Math.max(0, at - number);
      if (skip < frame.records.length) yield { first: number + skip, records: frame.records.slice(skip) };
      number += frame.records.length;
      end = frame.end;
    }
    at = Math.max(at, number);
  }
}
