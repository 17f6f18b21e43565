/** Times in cells as epoch milliseconds UTC, in SQL. */
import { literal } from '#engines/index.ts';
import { LAYER, type Layers } from './layers.ts';
import { isInteger } from './numbers.ts';

export interface TimeRef {
  readonly value: string;
  readonly unreadable: string;
}

const MISSING = [
  'NULL',
  'null',
  'NA',
  'N/A',
  'n/a',
  'None',
  'nil',
  '-',
  '--',
  '—',
  '\\N',
  'NaT',
  '0000-00-00',
  '0000-00-00 00:00:00',
];

/**
 * @param cell SQL over the layer `shaped`
 * @param type DuckDB type of the cell
 * @param pattern iso, epoch-s, epoch-ms or a strptime pattern
 * @param zone of times that carry none
 */
export function timeOf(layers: Layers, cell: string, type: string, pattern: string, zone: string): TimeRef {
  const isStamp = type.startsWith('TIMESTAMP') || type === 'DATE';
  const isText = type === 'VARCHAR';
  const isIso = pattern === 'iso';
  const from = layers.add(LAYER.parsed, isStamp || isText || !isIso ? cell : `${cell}::varchar`);
  const local = (stamp: string): string =>
    zone === 'UTC' ? `epoch_ms(${stamp})` : `epoch_ms(timezone(${literal(zone)}, ${stamp}))`;
  const ref = (value: string, isText: boolean): TimeRef => ({
    value,
    unreadable: `(${value} is null and ${from} is not null${isText ? ` and ${from} not in (${MISSING.map(literal).join(', ')})` : ''})`,
  });
  const finite = (stamp: string, then: string): string => `case when isfinite(${stamp}) then ${then} end`;
  if (type === 'TIMESTAMP WITH TIME ZONE')
    return ref(layers.add(LAYER.combined, finite(from, `epoch_ms(${from})`)), false);
  if (isStamp) {
    const stamp = layers.add(LAYER.scaled, `${from}::timestamp`);
    return ref(layers.add(LAYER.combined, finite(stamp, local(stamp))), false);
  }
  if (pattern === 'epoch-ms' && isInteger(type))
    return ref(layers.add(LAYER.combined, `try_cast(${from} as bigint)`), false);
  if (pattern === 'epoch-ms' || pattern === 'epoch-s') {
    const number = layers.add(LAYER.scaled, `try_cast(${from} as decimal(18, 3))`);
    const ms = pattern === 'epoch-s' ? `${number} * 1000` : number;
    return ref(layers.add(LAYER.combined, `cast(${ms} as bigint)`), isText);
  }
  if (!isIso) {
    const parsed = layers.add(LAYER.scaled, `try_strptime(${from}::varchar, ${literal(pattern)})`);
    const value = /%z/i.test(pattern) ? `epoch_ms(${parsed}::timestamptz)` : local(parsed);
    return ref(layers.add(LAYER.combined, finite(parsed, value)), true);
  }
  const withZone = layers.add(
    LAYER.scaled,
    `(suffix(${from}, 'Z') or suffix(${from}, 'z') or (strlen(${from}) > 16 and (strlen(${from}) > 19 or ${from}[17] in ('+', '-'))
      and regexp_matches(${from}, ':\\d.*([+-]\\d\\d(:?\\d\\d)?| ?(UTC|GMT))$')))`,
  );
  const compact = `case when regexp_full_match(${from}, '\\d{8}') then try_strptime(${from}, '%Y%m%d') end`;
  const stamp = layers.add(
    LAYER.mended,
    `case when not ${withZone} then coalesce(try_cast(${from} as timestamp), ${compact}) end`,
  );
  const plus = `regexp_replace(${from}, ' ?(Z|z|UTC|GMT)$', '+00')`;
  const tight = `regexp_replace(${plus}, ' +([+-]\\d\\d(:?\\d\\d)?)$', '\\1')`;
  const full = `regexp_replace(${tight}, '([T ]\\d{1,2}:\\d\\d)([+-][^.]*)$', '\\1:00\\2')`;
  const zoned = layers.add(LAYER.mended, `case when ${withZone} then try_cast(${full} as timestamptz) end`);
  const value = `coalesce(${finite(stamp, local(stamp))}, ${finite(zoned, `epoch_ms(${zoned})`)})`;
  return ref(layers.add(LAYER.combined, value), true);
}
