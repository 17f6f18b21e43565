/** What a condition may ask about a customer. */

export type FieldKind = 'number' | 'text' | 'flag' | 'list';

export interface Field {
  readonly kind: FieldKind;
  /** SQL over p (profiles), v (customer_values), t (customer_tiers), l (lifecycle) and b (random buckets). */
  readonly sql: string;
}

const group = (kind: FieldKind, table: string, names: readonly string[]): [string, Field][] =>
  names.map((name) => [name, { kind, sql: `${table}.${name}` }]);

/** By name; money in minor units, shares 0 to 1, `random` uniform in [0, 1) and fixed for customer and seed. */
export const FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  ...group('text', 't', ['tier', 'previous_tier', 'predicted_tier']),
  ...group('number', 't', ['tier_index', 'predicted_probability']),
  ...group('list', 'p', ['tags']),
  ...group('number', 'v', ['value_minor', 'value_low_minor', 'value_high_minor', 'p_alive', 'expected_orders']),
  ...group('number', 'v', ['expected_order_minor', 'expected_spend_minor', 'margin_share', 'r', 'f', 'm']),
  ...group('text', 'v', ['rfm_segment']),
  ...group('number', 'p', ['orders', 'spend_minor', 'aov_minor', 'spend_365d_minor', 'orders_365d', 'returns']),
  ...group('number', 'p', ['discount_share', 'recency_days', 'tenure_days']),
  ...group('text', 'p', ['city', 'age', 'gender', 'member_level']),
  ...group('flag', 'p', ['consent_marketing', 'consent_personal']),
  ...group('text', 'l', ['state', 'previous_state']),
  ...group('number', 'l', ['silence_days', 'expected_gap_days', 'chance_silence', 'p_active', 'chance_to_buy']),
  ['tag', { kind: 'list', sql: 'p.tags' }],
  ['random', { kind: 'number', sql: 'b.random' }],
]);
