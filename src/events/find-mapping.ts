/** Which mapping a folder or a name means. */
import { existsSync, globSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { known } from '#errors.ts';
import { type Mapping, readMapping } from './mapping.ts';

const SHIPPED = fileURLToPath(new URL('../../mappings/', import.meta.url));
/** Where the data of a shipped mapping may lie, beside the folder the command runs in and this repository. */
const PLACES = ['data', '../shared/data'];

export interface Found {
  readonly mapping: Mapping;
  readonly dataDir: string;
}

/** Names of the shipped mappings. */
export const shippedMappings = (): readonly string[] =>
  readdirSync(SHIPPED)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort();

/**
 * The mapping of a data folder (its tierwise.yaml, else the shipped one of its name, else the shipped one whose files
 * it has), or of a shipped name with data in ./data/NAME or ../shared/data/NAME.
 *
 * @throws MAPPING_MISSING listing the shipped ones, MAPPING_INVALID
 */
export function findMapping(nameOrDir: string, cwd: string = process.cwd()): Found {
  const shipped = shippedMappings();
  const dir = resolve(cwd, nameOrDir);
  if (existsSync(dir) && statSync(dir).isDirectory()) {
    const own = join(dir, 'tierwise.yaml');
    if (existsSync(own)) return { mapping: readMapping(own), dataDir: dir };
    if (shipped.includes(basename(dir))) return { mapping: shippedMapping(basename(dir)), dataDir: dir };
    const fitting = shipped.map(shippedMapping).filter((mapping) => fits(mapping, dir));
    if (fitting.length === 1) return { mapping: fitting[0]!, dataDir: dir };
  } else if (shipped.includes(nameOrDir)) {
    const roots = [cwd, fileURLToPath(new URL('../../', import.meta.url))];
    const places = roots.flatMap((root) => PLACES.map((place) => resolve(root, place, nameOrDir)));
    const dataDir = places.find((place) => existsSync(place));
    if (dataDir !== undefined) return { mapping: shippedMapping(nameOrDir), dataDir };
    throw known('FILE_MISSING', { file: nameOrDir, dir: [...new Set(places)].join(' and '), has: [] });
  }
  throw known('MAPPING_MISSING', { dir: nameOrDir, shipped });
}

const shippedMapping = (name: string): Mapping => readMapping(join(SHIPPED, `${name}.yaml`));

/** The folder has every file that the mapping names; patterns alone say too little. */
function fits(mapping: Mapping, dir: string): boolean {
  const sources = Object.values(mapping.tables).flat();
  const named = sources.filter((source) => source.file !== undefined);
  return (
    named.length > 0 &&
    named.every((source) => existsSync(join(dir, source.file!))) &&
    sources.every((source) => source.files === undefined || globSync(source.files, { cwd: dir }).length > 0)
  );
}
