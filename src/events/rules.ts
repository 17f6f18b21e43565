/** Every rule of cleaning, as data: what it is called, what it does, and what it may be told to do instead. */

/**
 * quarantine: the row is kept aside with its reason; empty: the cell is emptied and the row counts as repaired;
 * repair: the cell is mended as the rule says; cap: the value is cut to the limit (a repair); keep: counted, left as it is.
 */
export type RuleAction = 'quarantine' | 'empty' | 'repair' | 'cap' | 'keep';

export interface Rule {
  /** The first is the default. */
  readonly actions: readonly [RuleAction, ...RuleAction[]];
  /** Rows set aside by it say that the data are wrong, and count against limits.quarantineShare. */
  readonly isFault: boolean;
  readonly en: string;
  readonly zh: string;
}

const rule = (en: string, zh: string, actions: readonly [RuleAction, ...RuleAction[]], isFault = true): Rule => ({
  actions,
  isFault,
  en,
  zh,
});
const ASIDE: readonly [RuleAction, ...RuleAction[]] = ['quarantine'];
const CELL: readonly [RuleAction, ...RuleAction[]] = ['quarantine', 'empty'];
const EMPTIED: readonly [RuleAction, ...RuleAction[]] = ['empty', 'quarantine'];
const MEND: readonly [RuleAction, ...RuleAction[]] = ['repair', 'quarantine'];
const FLAG: readonly [RuleAction, ...RuleAction[]] = ['keep', 'quarantine', 'cap'];

export const RULES = {
  'ragged-row': rule(
    'the row has too few or too many cells, or a quote that does not close',
    '行的列数不对，或引号未闭合',
    ASIDE,
  ),
  'broken-line': rule('the line is not a JSON object', '该行不是 JSON 对象', ASIDE),
  'missing-key': rule('a column that names the row is missing', '缺少标识该行的列', ASIDE),
  'missing-value': rule('a required value is missing', '缺少必填值', ASIDE),
  'missing-customer': rule('neither customer nor anonymous id', '既无客户编号也无匿名编号', ASIDE),
  'inexact-id': rule('the id was stored as a number and has lost digits', '编号被存为数字，已丢失位数', ASIDE),
  'unreadable-money': rule('the amount is not a number, or is too large', '金额不是数字或过大', CELL),
  'not-finite': rule('the number is NaN or infinite', '数值为 NaN 或无穷大', CELL),
  'negative-money': rule('the amount is negative', '金额为负', CELL),
  'unreadable-time': rule('the time cannot be read as the mapping says', '时间无法按映射解析', CELL),
  'future-time': rule('the time lies in the future', '时间在未来', CELL),
  'early-time': rule('the time lies before limits.earliest', '时间早于允许的最早日期', CELL),
  'unreadable-number': rule('the value is not a number', '不是数字', EMPTIED),
  'out-of-range': rule('the number lies outside what the column allows', '数值超出允许范围', EMPTIED),
  'unreadable-flag': rule('the value is neither yes nor no', '不是是或否', EMPTIED),
  'unreadable-json': rule('the text is not a JSON object', '不是 JSON 对象', EMPTIED),
  'negative-quantity': rule('the quantity is negative, and the row is not a return', '数量为负且不是退货', ASIDE),
  'absurd-quantity': rule('the quantity is above limits.quantityMax', '数量超过上限', ASIDE),
  'nothing-sold': rule('no quantity and nothing paid', '数量与金额均为零', ASIDE),
  'unknown-status': rule('the status is not paid, cancelled or refunded', '状态不是已付、取消或退款', ASIDE),
  'other-currency': rule('the currency is not the shop’s', '币种与店铺不符', ASIDE),
  'duplicate-row': rule('the row has been read before, equal in every column', '与之前的行完全相同', ASIDE),
  'duplicate-key': rule('another row has the same key and other values', '键相同但内容不同', ASIDE),
  'known-already': rule('an earlier source of the table has told about it', '前一个来源已有该记录', ASIDE, false),
  overlap: rule('an earlier source covers this time', '时间已被前一个来源覆盖', ASIDE, false),
  trimmed: rule('spaces around the value were cut', '去除首尾空格', MEND, false),
  'full-width': rule('full-width digits and signs were made plain', '全角字符转为半角', MEND, false),
  'number-format': rule(
    'separators or currency signs in the number were taken out',
    '去除数字中的分隔符或货币符号',
    MEND,
    false,
  ),
  'money-rounded': rule(
    'digits below the minor unit were rounded, half away from zero',
    '按最小货币单位四舍五入',
    MEND,
    false,
  ),
  'zero-quantity': rule('a paid line without quantity counts as one unit', '已付款但数量为零，按一件计', MEND, false),
  'outlier-quantity': rule('quantity far from the median', '数量远离中位数', FLAG, false),
  'outlier-paid': rule('amount far from the median', '金额远离中位数', FLAG, false),
  'outlier-price': rule('price far from the median', '价格远离中位数', FLAG, false),
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleKey = keyof typeof RULES;

/** What a rule does under a mapping that may say otherwise. */
export const actionOf = (key: RuleKey, chosen: Readonly<Record<string, RuleAction>>): RuleAction =>
  chosen[key] ?? RULES[key].actions[0];
