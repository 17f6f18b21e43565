/** What a mapping must mean: zones and currencies that exist, units of money and time, one origin for each source. */
import type { CanonicalColumn } from '#catalog/index.ts';
import { nearest } from '#kernels/text-distance.ts';
import type { Limits, Mapping } from './mapping.ts';
import type { Fault } from './mapping-faults.ts';
import type { Shop } from './shop.ts';
import { type CellSpec, partsOf, type Spec } from './spec.ts';
import { TABLES } from './tables.ts';

export type Parsed = Omit<Mapping, 'file' | 'limits' | 'shop' | 'tables'> & {
  extends?: string;
  tables?: Mapping['tables'];
  shop: Omit<Shop, 'currencyDigits'>;
  limits: Omit<Limits, 'earliest'> & { earliest: string };
};

/** What zod cannot say: zones, currencies, one of file and files, units of money and time. */
export function meaning(mapping: Parsed, shipped: readonly string[]): Fault[] {
  const faults: Fault[] = [];
  const add = (path: readonly PropertyKey[], expected: string, write: string): void => {
    faults.push({ path, isKey: false, expected, write });
  };
  const currencies = Intl.supportedValuesOf('currency');
  if (!currencies.includes(mapping.shop.currency))
    add(['shop', 'currency'], 'an ISO 4217 currency', nearest(mapping.shop.currency, currencies) ?? 'USD');
  const zone = (path: readonly PropertyKey[], name: string): void => {
    if (!isZone(name)) add(path, 'an IANA time zone', nearest(name, Intl.supportedValuesOf('timeZone')) ?? 'UTC');
  };
  zone(['shop', 'timeZone'], mapping.shop.timeZone);
  const walk = (spec: Spec, path: readonly PropertyKey[], column: CanonicalColumn): void => {
    const cell: CellSpec | undefined =
      typeof spec === 'string' ? { column: spec } : 'column' in spec ? spec : undefined;
    if (cell?.zone !== undefined) zone([...path, 'zone'], cell.zone);
    if (cell !== undefined && column.kind === 'time' && cell.time === undefined)
      add(path, 'how the time is written', `{ column: ${cell.column}, time: iso }`);
    if (cell !== undefined && column.kind === 'money' && cell.money === undefined && !path.includes('multiply'))
      add(path, 'whether the money is in major or minor units', `{ column: ${cell.column}, money: major }`);
    if (cell?.time !== undefined && !isTimePattern(cell.time))
      add([...path, 'time'], 'iso, epoch-s, epoch-ms or a pattern with %', 'iso');
    if (cell?.split !== undefined && cell.part === undefined) add(path, 'which part of the list', 'part: 1');
    const key = typeof spec === 'string' ? '' : (Object.keys(spec)[0] ?? '');
    if (key !== 'json' && column.kind !== 'json')
      for (const [i, part] of partsOf(spec).entries())
        if (!(key === 'spread' && i === 2))
          walk(part, key === 'spread' ? [...path, i === 0 ? 'spread' : 'by'] : [...path, key, i], column);
  };
  const base = mapping.extends;
  if (base !== undefined && !shipped.includes(base))
    add(['extends'], `one of ${shipped.join(', ')}`, nearest(base, shipped) ?? 'nothing');
  if (mapping.tables === undefined && mapping.extends === undefined)
    add(['tables'], 'tables', 'tables: and the tables below it');
  for (const table of TABLES)
    for (const [i, source] of (mapping.tables?.[table.name] ?? []).entries()) {
      const path = ['tables', table.name, i];
      const given = ['file', 'files', 'rows'].filter((key) => source[key as 'file'] !== undefined);
      if (given.length !== 1) add(path, 'exactly one of file, files and rows', 'file: NAME');
      if (source.columns === 'same') continue;
      if (source.rows !== undefined) add([...path, 'columns'], 'same, beside rows', 'same');
      const columns = source.columns;
      for (const column of table.columns) {
        const spec = columns[column.name];
        if (spec !== undefined) walk(spec, [...path, 'columns', column.name], column);
        else if (column.required && !GIVEN.has(column.name))
          add([...path, 'columns'], `a spec for ${column.name}`, `${column.name}: NAME OF THE COLUMN`);
      }
    }
  return faults;
}

/** Required columns that import fills where the mapping is silent. */
export const GIVEN: ReadonlySet<string> = new Set([
  ...['line', 'status', 'currency', 'redemption_id', 'review_id', 'message_id'],
]);

const isTimePattern = (text: string): boolean => ['iso', 'epoch-s', 'epoch-ms'].includes(text) || text.includes('%');

function isZone(name: string): boolean {
  if (/^[+-]|^(etc\/)?gmt[+-]/i.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
