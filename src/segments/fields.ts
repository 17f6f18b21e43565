/** What a condition may ask about a customer: figures and names of one row each. */

export type FieldKind = 'number' | 'text' | 'flag' | 'list';
/** minor: whole minor units of money; share: 0 to 1. */
export type Unit = 'minor' | 'share' | 'days' | 'count';
/** Where the values of a field are named. */
export type ValuesOf = 'tiers' | 'tags' | 'states' | 'rfm' | 'data';
export type FieldGroup = 'value' | 'orders' | 'person' | 'consent' | 'rhythm' | 'random';
/** p profiles, v customer_values, t customer_tiers, l lifecycle, b random buckets. */
export type Alias = 'p' | 'v' | 't' | 'l' | 'b';

export interface Field {
  readonly kind: FieldKind;
  /** SQL over the tables of Alias. */
  readonly sql: string;
  readonly from: Alias;
  readonly group: FieldGroup;
  readonly unit?: Unit;
  readonly values?: ValuesOf;
  readonly en: string;
  readonly zh: string;
}

type Words = readonly [name: string, en: string, zh: string, more?: { unit?: Unit; values?: ValuesOf }];

const of = (from: Alias, kind: FieldKind, group: FieldGroup, all: readonly Words[]): [string, Field][] =>
  all.map(([name, en, zh, more]) => [name, { kind, sql: `${from}.${name}`, from, group, en, zh, ...more }]);

const minor = { unit: 'minor' } as const;
const share = { unit: 'share' } as const;
const days = { unit: 'days' } as const;
const count = { unit: 'count' } as const;
const data = { values: 'data' } as const;
const tiers = { values: 'tiers' } as const;
const states = { values: 'states' } as const;

/** By name; `random` is uniform in [0, 1) and fixed for customer and seed. */
export const FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  ...of('t', 'text', 'value', [
    ['tier', 'Tier', '层级', tiers],
    ['previous_tier', 'Tier before', '之前的层级', tiers],
    ['predicted_tier', 'Tier expected next period', '预测下期层级', tiers],
  ]),
  ...of('t', 'number', 'value', [
    ['tier_index', 'Tier, counted from the lowest', '层级序号（最低为 0）', count],
    ['predicted_probability', 'Chance of the expected tier', '预测层级的概率', share],
  ]),
  ...of('p', 'list', 'person', [['tags', 'Tag', '标签', { values: 'tags' }]]),
  ...of('v', 'number', 'value', [
    ['value_minor', 'Expected value', '预期价值', minor],
    ['value_low_minor', 'Expected value, low end', '预期价值下限', minor],
    ['value_high_minor', 'Expected value, high end', '预期价值上限', minor],
    ['p_alive', 'Chance of still being a customer', '仍为客户的概率', share],
    ['expected_orders', 'Expected orders', '预期订单数', count],
    ['expected_order_minor', 'Expected amount of an order', '预期单笔金额', minor],
    ['expected_spend_minor', 'Expected spend', '预期消费', minor],
    ['margin_share', 'Margin share', '毛利率', share],
    ['r', 'Recency score', '最近消费得分 R', count],
    ['f', 'Frequency score', '消费频率得分 F', count],
    ['m', 'Money score', '消费金额得分 M', count],
  ]),
  ...of('v', 'text', 'value', [['rfm_segment', 'RFM segment', 'RFM 分群', { values: 'rfm' }]]),
  ...of('p', 'number', 'orders', [
    ['orders', 'Orders', '订单数', count],
    ['spend_minor', 'Past spend', '累计消费', minor],
    ['aov_minor', 'Mean order', '平均客单价', minor],
    ['spend_365d_minor', 'Spend of the last 365 days', '近 365 天消费', minor],
    ['orders_365d', 'Orders of the last 365 days', '近 365 天订单数', count],
    ['returns', 'Returned lines', '退货行数', count],
    ['discount_share', 'Discount share', '折扣占比', share],
    ['recency_days', 'Days since the last order', '距上次下单天数', days],
    ['tenure_days', 'Days since the first order', '距首次下单天数', days],
  ]),
  ...of('p', 'text', 'person', [
    ['city', 'City', '城市', data],
    ['age', 'Age', '年龄', data],
    ['gender', 'Gender', '性别', data],
    ['member_level', 'Member level', '会员级别', data],
  ]),
  ...of('p', 'flag', 'consent', [
    ['consent_marketing', 'Consent to marketing', '同意营销', {}],
    ['consent_personal', 'Consent to profiling', '同意画像', {}],
  ]),
  ...of('l', 'text', 'rhythm', [
    ['state', 'Lifecycle state', '生命周期状态', states],
    ['previous_state', 'Lifecycle state before', '之前的生命周期状态', states],
  ]),
  ...of('l', 'number', 'rhythm', [
    ['silence_days', 'Days of silence', '沉默天数', days],
    ['expected_gap_days', 'Usual days between orders', '常规下单间隔天数', days],
    ['chance_silence', 'Chance of so long a silence', '出现如此沉默的概率', share],
    ['p_active', 'Chance of being active, by rhythm', '按节奏仍活跃的概率', share],
    ['chance_to_buy', 'Chance to buy', '购买概率', share],
  ]),
  ['tag', { kind: 'list', sql: 'p.tags', from: 'p', group: 'person', values: 'tags', en: 'Tag', zh: '标签' }],
  [
    'random',
    { kind: 'number', sql: 'b.random', from: 'b', group: 'random', unit: 'share', en: 'Random draw', zh: '随机数' },
  ],
]);
