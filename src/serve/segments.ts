/** Saved segments, lists and previews as the routes answer them. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { z } from 'zod';
import { scratchFolder } from '#engines/index.ts';
import { KnownError, known } from '#errors.ts';
import { writeXlsxAsCsv, XLSX_BLANK } from '#events/index.ts';
import {
  type Condition,
  changeSegment,
  createList,
  createSegment,
  deleteList,
  deleteSegment,
  freeze,
  type Naming,
  OVERLAP_MAX,
  overlapOf,
  parseCondition,
  previewOf,
  readList,
  readLists,
  readSegment,
  readSegments,
  reasonsOf,
  type Segment,
  templatesOf,
  type UploadedList,
  usersOf,
  versionsOf,
  words,
} from '#segments/index.ts';
import type {
  ListBody,
  ListReply,
  OverlapReply,
  SegmentBody,
  SegmentChangeBody,
  SegmentOneReply,
  SegmentPreviewBody,
  SegmentPreviewReply,
  SegmentReply,
  SegmentWordsReply,
  TemplatesReply,
} from './schemas-segments.ts';
import { groundOf, namingOf } from './segment-names.ts';
import type { Store } from './store.ts';

type Reply = z.infer<typeof SegmentReply>;
const RUNS_SHOWN = 30;
const EXACT_SHOWN = 40;

/** What a condition comes to; writes nothing. */
export async function previewReply(
  store: Store,
  { condition: asked, sample: size }: z.output<typeof SegmentPreviewBody>,
): Promise<z.infer<typeof SegmentPreviewReply>> {
  const condition = parseCondition(asked);
  const ground = groundOf(store);
  const naming = await namingOf(store, [condition]);
  const counted = await previewOf(store.compute, condition, ground, size);
  const sample = await reasonsOf(store.compute, condition, { ids: counted.some, ground, naming });
  return {
    ...{ condition: plain(condition), words: words(condition, naming) },
    ...{ customers: counted.customers, share: counted.share, valueMinor: counted.valueMinor },
    byTier: counted.byTier.map((each) => ({ ...each })),
    sample: sample.map((each) => ({ ...each, why: [...each.why] })),
  };
}

export async function wordsReply(store: Store, asked: unknown): Promise<z.infer<typeof SegmentWordsReply>> {
  const condition = parseCondition(asked);
  return { condition: plain(condition), words: words(condition, await namingOf(store, [condition])) };
}

const plain = (condition: Condition): Record<string, unknown> => condition as unknown as Record<string, unknown>;

export async function segmentRows(store: Store): Promise<Reply[]> {
  const segments = readSegments(store.dir);
  const naming = await namingOf(
    store,
    segments.map(({ condition }) => condition),
  );
  return Promise.all(segments.map((segment) => replyOf(store, segment, naming)));
}

/** @throws SEGMENT_UNKNOWN */
export async function segmentOf(store: Store, id: string): Promise<z.infer<typeof SegmentOneReply>> {
  const segment = readSegment(store.dir, id);
  const versions = versionsOf(store.dir, id);
  const naming = await namingOf(
    store,
    [segment, ...versions].map(({ condition }) => condition),
  );
  return {
    ...(await replyOf(store, segment, naming)),
    versions: versions.map(({ version, changedAt, changedBy, name, condition }) => ({
      ...{ version, changedAt, changedBy, name },
      words: words(condition, naming),
    })),
  };
}

async function replyOf(store: Store, segment: Segment, naming: Naming): Promise<Reply> {
  const { asOf } = store.facts;
  const { customers, problem } = await countOf(store, segment.id);
  const runs = (await runsOf(store)).get(segment.id) ?? [];
  const before = runs.filter((run) => run.asOf < asOf).at(-1);
  return {
    ...{ ...segment, condition: plain(segment.condition), words: words(segment.condition, naming) },
    ...{ customers, problem },
    change: before === undefined || customers === null ? null : customers - before.customers,
    runs: runs.slice(-RUNS_SHOWN).map(({ asOf: at, customers: n }) => ({ asOf: at, customers: n })),
    usedBy: usersOf(store.dir, 'segment', segment.id),
  };
}

/** How many are in it now; asked once for each state of all segments and lists, since they may name each other. */
async function countOf(store: Store, id: string): Promise<Pick<Reply, 'customers' | 'problem'>> {
  const stamp = [
    ...readSegments(store.dir).map((each) => `${each.id} ${each.version}`),
    ...readLists(store.dir).map((each) => each.id),
  ];
  try {
    return await store.memo(`segment ${id} of ${stamp.join(' ')}`, async () => {
      const { customers } = await previewOf(store.compute, { segment: id }, groundOf(store));
      return { customers, problem: null };
    });
  } catch (error) {
    if (!(error instanceof KnownError) || error.status >= 500) throw error;
    return { customers: null, problem: { en: error.message, zh: error.message } };
  }
}

interface Run {
  readonly asOf: number;
  readonly customers: number;
}

function runsOf({ compute, dir, memo }: Store): Promise<Map<string, Run[]>> {
  return memo('segment runs', async () => {
    const file = join(dir, 'state', 'segment_history.parquet');
    const rows = existsSync(file)
      ? await compute.rows<Run & { id: string }>(
          'select segment_id as id, as_of as "asOf", customers from read_parquet($file) order by as_of',
          { file },
        )
      : [];
    return Map.groupBy(rows, ({ id }) => id) as Map<string, Run[]>;
  });
}

/** Writes who is in a segment of schedule `once` when it is saved. */
const keeper =
  (store: Store) =>
  async ({ condition }: Segment, file: string) => {
    mkdirSync(dirname(file), { recursive: true });
    await freeze(store.compute, condition, groundOf(store), file);
  };

/** @throws the errors of the condition, SEGMENT_INVALID */
export async function created(store: Store, body: z.output<typeof SegmentBody>, now: number): Promise<Reply> {
  const { actor, ...draft } = body;
  const segment = await createSegment(store.dir, await asked(store, draft), { actor, now }, keeper(store));
  return segmentOf(store, segment.id);
}

/** @throws SEGMENT_UNKNOWN, SEGMENT_CHANGED, SEGMENT_CYCLE */
export async function changed(
  store: Store,
  id: string,
  { actor, version: seen, ...draft }: z.output<typeof SegmentChangeBody>,
  now: number,
): Promise<Reply> {
  const change = { ...(await asked(store, draft)), id, seen };
  await changeSegment(store.dir, change, { actor, now }, keeper(store));
  return segmentOf(store, id);
}

/** A condition is asked once before it is kept: what it names is there, and it can be answered. */
async function asked<Draft extends { readonly condition: unknown }>(
  store: Store,
  draft: Draft,
): Promise<Omit<Draft, 'condition'> & { condition: Condition }> {
  const condition = parseCondition(draft.condition);
  await previewOf(store.compute, condition, groundOf(store));
  return { ...draft, condition };
}

/** @throws SEGMENT_IN_USE */
export function removed(store: Store, id: string, { actor, version }: { actor: string; version: number }, now: number) {
  readSegment(store.dir, id);
  const by = usersOf(store.dir, 'segment', id);
  if (by.length > 0) throw known('SEGMENT_IN_USE', { id, by });
  deleteSegment(store.dir, { id, seen: version }, { actor, now });
  return { id };
}

/** @throws SEGMENT_INVALID when there are too few or too many, SEGMENT_UNKNOWN */
export async function overlapReply(store: Store, text: string): Promise<z.infer<typeof OverlapReply>> {
  const ids = [...new Set(text.split(',').map((id) => id.trim()))].filter((id) => id !== '');
  if (ids.length < 2 || ids.length > OVERLAP_MAX)
    throw known('SEGMENT_INVALID', { where: 'ids', expected: `2 to ${OVERLAP_MAX} segments, got ${ids.length}` });
  const segments = ids.map((id) => readSegment(store.dir, id));
  const { sizes, pairs, exact } = await overlapOf(
    store.compute,
    ids.map((segment) => ({ segment })),
    groundOf(store),
  );
  return {
    segments: segments.map(({ id, name }, i) => ({ id, name, customers: sizes[i]! })),
    pairs: pairs.map(({ a, b, both, jaccard }) => ({ a: ids[a]!, b: ids[b]!, both, jaccard })),
    exact: exact.slice(0, EXACT_SHOWN).map(({ of, customers }) => ({ ids: of.map((i) => ids[i]!), customers })),
  };
}

export async function templatesReply(store: Store): Promise<z.infer<typeof TemplatesReply>> {
  const templates = templatesOf(store.shop.tiers.map(({ key }) => key));
  const naming = await namingOf(store, []);
  const rows = await store.memo('segment templates', () =>
    Promise.all(
      templates.map(async ({ condition, ...each }) => {
        const { customers } = await previewOf(store.compute, condition, groundOf(store));
        return { ...each, condition: plain(condition), words: words(condition, naming), customers };
      }),
    ),
  );
  return { rows };
}

const listReply = ({ dir }: Store, list: UploadedList): z.infer<typeof ListReply> => ({
  ...list,
  unknownSample: [...list.unknownSample],
  usedBy: usersOf(dir, 'list', list.id),
});

export const listRows = (store: Store) => ({ rows: readLists(store.dir).map((list) => listReply(store, list)) });

/** @throws SEGMENT_INVALID, FILE_BROKEN */
export async function uploaded(store: Store, body: z.output<typeof ListBody>, now: number) {
  const text = body.text ?? (await sheetText(body.xlsx ?? ''));
  return listReply(
    store,
    await createList(store.compute, store.dir, { name: body.name, text }, { actor: body.actor, now }),
  );
}

async function sheetText(base64: string): Promise<string> {
  const scratch = scratchFolder('tierwise-list');
  const [from, to] = [join(scratch.dir, 'list.xlsx'), join(scratch.dir, 'list.csv')];
  try {
    writeFileSync(from, Buffer.from(base64, 'base64'));
    await writeXlsxAsCsv(from, to, { name: 'list', sheet: 1 });
    return readFileSync(to, 'utf8').replaceAll(XLSX_BLANK, '');
  } finally {
    scratch.sweep();
  }
}

/** @throws LIST_UNKNOWN, SEGMENT_IN_USE */
export function listRemoved(store: Store, id: string): { id: string } {
  readList(store.dir, id);
  const by = usersOf(store.dir, 'list', id);
  if (by.length > 0) throw known('SEGMENT_IN_USE', { id, by });
  deleteList(store.dir, id);
  return { id };
}
