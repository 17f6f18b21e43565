/**
 * Saved segments: `segments/ID.json` is what a segment is now, `segments/history/ID/VERSION.json` what it was at each
 * version. A version is claimed by making its file, so of two changes to the same version one is refused; the document
 * is then copied to `segments/ID.json`, and where that was cut off the next reader sees the newest version all the same.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { KnownError, known } from '#errors.ts';
import { type Condition, namedIn } from './condition.ts';
import { claimDocument, readDocument, writeDocument } from './documents.ts';
import { parseCondition } from './parse.ts';

export const SCHEDULES = ['each run', 'once'] as const;

export interface Segment {
  readonly id: string;
  readonly name: string;
  readonly about: string;
  readonly condition: Condition;
  /** `once`: the people that it had when this version was saved, in segments/members/. */
  readonly schedule: (typeof SCHEDULES)[number];
  readonly createdAt: number;
  readonly createdBy: string;
  /** From 1. */
  readonly version: number;
  readonly changedAt: number;
  readonly changedBy: string;
}

export type SegmentDraft = Pick<Segment, 'name' | 'about' | 'condition' | 'schedule'>;
/** A person and the moment at which they do something. */
export interface Act {
  readonly actor: string;
  readonly now: number;
}

const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;
const SAVED = z.object({
  id: z.string().regex(ID),
  name: z.string().min(1).max(200),
  about: z.string().max(2000).default(''),
  condition: z.unknown(),
  schedule: z.enum(SCHEDULES).default('each run'),
  createdAt: z.number().default(0),
  createdBy: z.string().default(''),
  version: z.int().min(1).default(1),
  changedAt: z.number().default(0),
  changedBy: z.string().default(''),
  isDeleted: z.boolean().optional(),
});

const folderOf = (dir: string): string => join(dir, 'segments');
const fileOf = (dir: string, id: string): string => join(folderOf(dir), `${id}.json`);
const versionFile = (dir: string, id: string, version: number): string =>
  join(folderOf(dir), 'history', id, `${version}.json`);
/** Who was in a segment of schedule `once` when the version was saved. */
export const membersFile = (dir: string, { id, version }: Pick<Segment, 'id' | 'version'>): string =>
  join(folderOf(dir), 'members', `${id}-${version}.parquet`);

/**
 * All saved segments of the workspace `dir`, by name.
 *
 * @param onBroken told of each that cannot be read, which is then left out; default: the error is thrown
 */
export function readSegments(dir: string, onBroken?: (id: string, error: KnownError) => void): Segment[] {
  const folder = folderOf(dir);
  const history = join(folder, 'history');
  const ids = new Set([
    ...(existsSync(folder) ? readdirSync(folder) : []).flatMap((name) =>
      name.endsWith('.json') ? [name.slice(0, -5)] : [],
    ),
    ...(existsSync(history) ? readdirSync(history) : []),
  ]);
  return [...ids]
    .filter((id) => ID.test(id))
    .flatMap((id) => {
      try {
        return newest(dir, id) ?? [];
      } catch (error) {
        if (onBroken === undefined || !(error instanceof KnownError)) throw error;
        onBroken(id, error);
        return [];
      }
    })
    .sort((a, b) => (a.name === b.name ? (a.id < b.id ? -1 : 1) : a.name < b.name ? -1 : 1));
}

/** @throws SEGMENT_UNKNOWN */
export function readSegment(dir: string, id: string): Segment {
  const found = ID.test(id) ? newest(dir, id) : undefined;
  if (found === undefined) throw known('SEGMENT_UNKNOWN', { id });
  return found;
}

/** What the segment was at each version, newest first; of those whose files are still there. */
export function versionsOf(dir: string, id: string): Segment[] {
  const { version } = readSegment(dir, id);
  return Array.from({ length: version }, (_, i) => version - i).flatMap((each) => at(dir, id, each) ?? []);
}

/** Undefined: never there, or deleted. */
function newest(dir: string, id: string): Segment | undefined {
  const file = fileOf(dir, id);
  let last = parsed(readDocument(file), file);
  let version = (last?.version ?? 0) + 1;
  for (;;) {
    const place = versionFile(dir, id, version);
    const next = parsed(readDocument(place), place);
    if (next === undefined) break;
    last = next;
    version++;
  }
  return last === undefined || last.isDeleted === true ? undefined : segmentOf(last);
}

function at(dir: string, id: string, version: number): Segment | undefined {
  const place = versionFile(dir, id, version);
  const found = parsed(readDocument(place), place);
  return found === undefined ? undefined : segmentOf(found);
}

type Saved = z.output<typeof SAVED>;

function parsed(document: unknown, file: string): Saved | undefined {
  if (document === undefined) return undefined;
  const read = SAVED.safeParse(document);
  if (!read.success)
    throw known('WORKSPACE_BROKEN', {
      file,
      reason: `${read.error.issues[0]!.path.join('.')}: ${read.error.issues[0]!.message}`,
    });
  return read.data;
}

function segmentOf({ isDeleted: _, ...saved }: Saved): Segment {
  return { ...saved, condition: parseCondition(saved.condition) };
}

/**
 * Keeps a new segment.
 *
 * @param keepMembers writes who is in it, for schedule `once`; called before the segment can be seen
 * @throws SEGMENT_INVALID, and the errors of the condition
 */
export async function createSegment(
  dir: string,
  draft: SegmentDraft,
  { actor, now }: Act,
  keepMembers: (segment: Segment, file: string) => Promise<void>,
): Promise<Segment> {
  const id = idOf(draft.name, [actor, now, draft]);
  const segment = {
    id,
    ...checked(dir, id, draft),
    createdAt: now,
    createdBy: actor,
    version: 1,
    changedAt: now,
    changedBy: actor,
  };
  return settle(dir, segment, keepMembers);
}

/**
 * Changes a segment; what it was stays in its history.
 *
 * @param seen the version that the change was made to
 * @throws SEGMENT_UNKNOWN, SEGMENT_CHANGED, SEGMENT_CYCLE, SEGMENT_INVALID
 */
export async function changeSegment(
  dir: string,
  { id, seen, ...draft }: SegmentDraft & { readonly id: string; readonly seen: number },
  { actor, now }: Act,
  keepMembers: (segment: Segment, file: string) => Promise<void>,
): Promise<Segment> {
  const { createdAt, createdBy, version } = readSegment(dir, id);
  if (version !== seen) throw known('SEGMENT_CHANGED', { id, version: seen, now: version });
  const segment = {
    id,
    ...checked(dir, id, draft),
    createdAt,
    createdBy,
    version: version + 1,
    changedAt: now,
    changedBy: actor,
  };
  return settle(dir, segment, keepMembers);
}

/** Deletes a segment that nothing uses; its history stays. */
export function deleteSegment(
  dir: string,
  { id, seen }: { readonly id: string; readonly seen: number },
  { actor, now }: Act,
): void {
  const segment = readSegment(dir, id);
  if (segment.version !== seen) throw known('SEGMENT_CHANGED', { id, version: seen, now: segment.version });
  const last = { ...segment, version: seen + 1, changedAt: now, changedBy: actor, isDeleted: true };
  if (!claimDocument(versionFile(dir, id, last.version), last))
    throw known('SEGMENT_CHANGED', { id, version: seen, now: last.version });
  rmSync(fileOf(dir, id), { force: true });
}

async function settle(
  dir: string,
  segment: Segment,
  keepMembers: (segment: Segment, file: string) => Promise<void>,
): Promise<Segment> {
  const { id, version } = segment;
  if (segment.schedule === 'once') await keepMembers(segment, membersFile(dir, segment));
  if (!claimDocument(versionFile(dir, id, version), segment))
    throw known('SEGMENT_CHANGED', { id, version: version - 1, now: version });
  writeDocument(fileOf(dir, id), segment);
  return segment;
}

/** @throws SEGMENT_INVALID, SEGMENT_CYCLE, SEGMENT_UNKNOWN */
function checked(dir: string, id: string, { name, about, condition, schedule }: SegmentDraft): SegmentDraft {
  const clean = name.trim();
  if (clean === '') throw known('SEGMENT_INVALID', { where: 'name', expected: 'some text' });
  refuseCycles(dir, condition, [id]);
  return { name: clean, about, condition, schedule };
}

function refuseCycles(dir: string, condition: Condition, path: readonly string[]): void {
  for (const id of namedIn(condition).segments) {
    if (path.includes(id)) throw known('SEGMENT_CYCLE', { path: [...path, id] });
    refuseCycles(dir, readSegment(dir, id).condition, [...path, id]);
  }
}

/** Words of the name and a few letters that make it the only one. */
export function idOf(name: string, from: unknown): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 40)
    .replace(/-$/, '');
  const hash = createHash('sha256').update(JSON.stringify(from)).digest('hex').slice(0, 8);
  return `${words === '' ? 'segment' : words}-${hash}`;
}
