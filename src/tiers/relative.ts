/**
 * Features compared with those of the shop's other customers at the same moment. Counts and sums grow with the length of
 * the history and with the season; where a customer stands among the others does not, so a model trained at one moment
 * can be asked at another.
 */
import { type Compute, quoted } from '#engines/index.ts';
import { deviation, mean, quantile } from '#kernels/metrics.ts';
import { numberColumn, numbers, type Table, table, texts } from '#table/index.ts';

/** How one feature lies over the customers of one moment. */
export interface Yardstick {
  readonly feature: string;
  /** Mean and standard deviation of sign(x) sqrt(|x|) over those who have a value. */
  readonly center: number;
  readonly scale: number;
  /** Median as it is. */
  readonly typical: number;
}

/** Sums of a shop are skewed, logarithms of them are too much the other way: the root lies between. */
export const signedRoot = (x: number): number => (x < 0 ? -Math.sqrt(-x) : Math.sqrt(x));

/**
 * The number columns of a features table, for `ids` in their order; missing where the table lacks the customer.
 *
 * @param name a table with customer_id
 */
export async function readFeatures(compute: Compute, name: string, ids: readonly string[]): Promise<Table> {
  const described = await compute.rows<{ column_name: string; column_type: string }>(`describe ${quoted(name)}`);
  const features = described.filter(
    ({ column_type: type }) => /INT|DOUBLE|FLOAT|DECIMAL|BOOLEAN/.test(type) && !type.endsWith('[]'),
  );
  await compute.load('tiers_tmp_ids', table({ customer_id: texts(ids), place: numbers(ids.map((_, i) => i)) }));
  const list = features.map(({ column_name: column }) => `f.${quoted(column)}::double as ${quoted(column)}`);
  try {
    return await compute.table(
      `select ${list.join(', ')} from tiers_tmp_ids i left join ${quoted(name)} f on f.customer_id = i.customer_id order by i.place`,
    );
  } finally {
    await compute.run('drop table tiers_tmp_ids');
  }
}

/** A yardstick for each feature; scale 0 where it does not vary. */
export function yardsticksOf(data: Table): Yardstick[] {
  return Object.keys(data.columns).map((feature) => {
    const { values, valid } = numberColumn(data, feature);
    const present = valid === undefined ? values.slice() : values.filter((_, i) => valid[i] === 1);
    if (present.length === 0) return { feature, center: 0, scale: 0, typical: 0 };
    const roots = present.map(signedRoot);
    const center = mean(roots);
    const spread = deviation(roots);
    const scale = spread > 1e-9 * Math.max(1, Math.abs(center)) ? spread : 0;
    return { feature, center, scale, typical: quantile(present.sort(), 0.5) };
  });
}

/**
 * Each feature as standard deviations from its yardstick's center, at most 5 either way; 0 where it does not vary;
 * missing stays missing.
 */
export function relativeTo(yardsticks: readonly Yardstick[], data: Table): Table {
  const columns = yardsticks.map(({ feature, center, scale }) => {
    const { values, valid } = numberColumn(data, feature);
    const out = new Float64Array(values.length);
    if (scale > 0)
      for (let i = 0; i < out.length; i++)
        if (valid?.[i] !== 0) out[i] = Math.max(-5, Math.min(5, (signedRoot(values[i]!) - center) / scale));
    return [feature, { kind: 'number' as const, values: out, ...(valid === undefined ? {} : { valid }) }] as const;
  });
  return { length: data.length, columns: Object.fromEntries(columns) };
}

/** Columns of `data` at rows `rows`. */
export function rowsOf(data: Table, rows: Int32Array): Table {
  const columns = Object.keys(data.columns).map((name) => {
    const { values, valid } = numberColumn(data, name);
    const picked = new Float64Array(rows.length);
    for (let i = 0; i < picked.length; i++) picked[i] = values[rows[i]!]!;
    if (valid === undefined) return [name, { kind: 'number' as const, values: picked }] as const;
    const there = new Uint8Array(rows.length);
    for (let i = 0; i < there.length; i++) there[i] = valid[rows[i]!]!;
    return [name, { kind: 'number' as const, values: picked, valid: there }] as const;
  });
  return { length: rows.length, columns: Object.fromEntries(columns) };
}
