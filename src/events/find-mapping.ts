/** Which mapping a folder or a name means. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { known } from '#errors.ts';
import { firstRecord } from './csv.ts';
import { type Mapping, readMapping, SHIPPED_DIR, type Source, shippedMappings } from './mapping.ts';
import { filesOf } from './raw.ts';
import { partsOf, type Spec } from './spec.ts';

/** Where the data of a shipped mapping may lie, beside the folder the command runs in and this repository. */
const PLACES = ['data', '../shared/data'];

export interface Found {
  readonly mapping: Mapping;
  /** The file that it was read from. */
  readonly mappingFile: string;
  readonly dataDir: string;
}

export interface FindOptions {
  /** Folder of the shipped mappings; default: `mappings` of this repository. */
  readonly home?: string;
  /** A mapping file to take, whatever the folder holds. */
  readonly map?: string;
  /** Folder that relative names start from; default: where the process runs. */
  readonly cwd?: string;
}

/**
 * The mapping of a data folder (its tierwise.yaml, else the shipped one of its name, else the only shipped one whose
 * files it has), or of a shipped name with data in ./data/NAME or ../shared/data/NAME.
 *
 * @throws MAPPING_MISSING listing the shipped ones, FILE_MISSING, MAPPING_INVALID
 */
export function findMapping(nameOrDir: string, options: FindOptions = {}): Found {
  const { home = SHIPPED_DIR, map, cwd = process.cwd() } = options;
  const shipped = shippedMappings(home);
  const found = (mappingFile: string, dataDir: string): Found => ({
    mapping: readMapping(mappingFile, home),
    ...{ mappingFile, dataDir },
  });
  const ship = (name: string): string => join(home, `${name}.yaml`);
  const dir = resolve(cwd, nameOrDir);
  const isFolder = existsSync(dir) && statSync(dir).isDirectory();
  const isShipped = !isFolder && shipped.includes(nameOrDir);
  const dataDir = isShipped ? dataOf(nameOrDir, cwd) : dir;
  if (map !== undefined) {
    if (!isFolder && !isShipped) throw known('FILE_MISSING', { file: nameOrDir, dir: cwd, has: [] });
    return found(resolve(cwd, map), dataDir);
  }
  if (isShipped) return found(ship(nameOrDir), dataDir);
  if (isFolder) {
    if (existsSync(join(dir, 'tierwise.yaml'))) return found(join(dir, 'tierwise.yaml'), dir);
    if (shipped.includes(basename(dir))) return found(ship(basename(dir)), dir);
    const fitting = shipped.filter((name) => fits(readMapping(ship(name), home), dir));
    if (fitting.length === 1) return found(ship(fitting[0]!), dir);
  }
  throw known('MAPPING_MISSING', { dir: nameOrDir, isFolder, shipped });
}

function dataOf(name: string, cwd: string): string {
  const roots = [cwd, fileURLToPath(new URL('../../', import.meta.url))];
  const places = [...new Set(roots.flatMap((root) => PLACES.map((place) => resolve(root, place, name))))];
  const dataDir = places.find((place) => existsSync(place));
  if (dataDir === undefined) throw known('FILE_MISSING', { file: name, dir: places.join(' or '), has: [] });
  return dataDir;
}

/** The folder has every file that the mapping names; where it names patterns only, one whose header has its columns. */
function fits(mapping: Mapping, dir: string): boolean {
  const sources = Object.values(mapping.tables).flat();
  return sources.every((source) => {
    if (source.rows !== undefined) return true;
    try {
      const [first] = filesOf(source, dir);
      return source.file !== undefined || hasColumns(source, join(dir, first!));
    } catch {
      return false;
    }
  });
}

function hasColumns(source: Source, file: string): boolean {
  if (source.columns === 'same') return true;
  const head = readFileSync(file)
    .subarray(0, 1 << 16)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  const cells = firstRecord(head, source.delimiter ?? ',') ?? [];
  const needed = Object.values(source.columns).flatMap((spec) => (spec === undefined ? [] : needs(spec)));
  return needed.every((name) => cells.includes(name));
}

/** Columns that a spec cannot do without. */
function needs(spec: Spec): readonly string[] {
  if (typeof spec === 'string') return [spec];
  if ('column' in spec) return spec.optional === true ? [] : [spec.column];
  return partsOf(spec).flatMap(needs);
}
