/** The library of a workspace folder, and what uses a part of it. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readDocument } from './documents.ts';
import type { Library } from './library.ts';
import { listFile, readList } from './lists.ts';
import { membersFile, readSegment } from './saved.ts';

/** What conditions may name, as it stands in the workspace `dir` now. */
export function libraryOf(dir: string): Library {
  const uplift = join(dir, 'state', 'uplift.parquet');
  return {
    segment: (id) => {
      const segment = readSegment(dir, id);
      const file = membersFile(dir, segment);
      return segment.schedule === 'once' && existsSync(file) ? { file } : { condition: segment.condition };
    },
    list: (id) => (readList(dir, id) === undefined ? undefined : listFile(dir, id)),
    uplift: existsSync(uplift) ? uplift : undefined,
  };
}

/** Documents that may name a segment or a list: folders of a workspace with the file that says what each is. */
const PLACES = [
  { folder: 'campaigns', kind: 'campaign', file: (name: string) => join(name, 'campaign.json') },
  { folder: 'journeys', kind: 'journey', file: (name: string) => name },
  { folder: 'experiments', kind: 'experiment', file: (name: string) => join(name, 'experiment.json') },
  { folder: 'segments', kind: 'segment', file: (name: string) => name },
] as const;
const KEYS = { segment: ['segment', 'segmentId'], list: ['list', 'listId'] } as const;

/** What uses the segment or list, as words such as `campaign spring-1a2b3c4d`. */
export function usersOf(dir: string, of: keyof typeof KEYS, id: string): string[] {
  const names = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.some(names);
    if (typeof value !== 'object' || value === null) return false;
    return Object.entries(value).some(([key, own]) =>
      own === id ? (KEYS[of] as readonly string[]).includes(key) : names(own),
    );
  };
  return PLACES.flatMap(({ folder, kind, file }) => {
    const place = join(dir, folder);
    return (existsSync(place) ? readdirSync(place) : []).flatMap((name) => {
      const path = join(place, file(name));
      const own = name.replace(/\.json$/, '');
      if (!path.endsWith('.json') || (kind === 'segment' && own === id)) return [];
      return names(readDocument(path)) ? [`${kind} ${own}`] : [];
    });
  }).sort();
}
