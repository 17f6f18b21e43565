/**
 * Sentences in English and Chinese as conditions, by fixed forms: a clause is one of them or is not read at all. What was
 * read is told back in words before anyone uses it; nothing is guessed from what was not.
 */
import type { Condition, Did } from './condition.ts';
import { FIELDS } from './fields.ts';
import type { Both } from './words.ts';

export interface NamedKey extends Both {
  readonly key: string;
}

/** The shop's own names. */
export interface Vocabulary {
  readonly tiers: readonly NamedKey[];
  readonly states: readonly NamedKey[];
  readonly tags: readonly NamedKey[];
  readonly categories: readonly NamedKey[];
  readonly currencyDigits: number;
}

export interface Said {
  readonly clauses: readonly { readonly text: string; readonly condition: Condition | null }[];
  /** All clauses at once; null where one of them was not read, or there is none. */
  readonly condition: Condition | null;
}

const TEXT_MAX = 2000;
const SEPARATOR = /\s*(?:[;；。，\n]|,(?!\d{3})|\band\b|\bbut\b|并且|而且|但是|且|但)\s*/i;

/** Reads a sentence; clauses are parted by commas, semicolons, `and`, `but`, 且 and 但, and all must hold. */
export function readSaid(text: string, vocabulary: Vocabulary): Said {
  const parts = text
    .slice(0, TEXT_MAX)
    .split(SEPARATOR)
    .map((part) => part.trim().replace(/[.!！]$/, ''));
  const clauses = parts
    .filter((part) => part !== '')
    .map((part) => ({ text: part, condition: clauseOf(part, vocabulary) ?? null }));
  const read = clauses.flatMap(({ condition }) => condition ?? []);
  return { clauses, condition: read.length === 0 || read.length < clauses.length ? null : { all: read } };
}

/** What is done, in either language; the longest form first. */
const DEEDS: readonly (readonly [did: string, en: string, zh: string])[] = [
  ['order_paid', 'bought|ordered|purchased|buy anything|bought anything|buy|order|purchase', '下单购买|下单|购买|买'],
  [
    'viewed',
    'viewed (?:a |any )?products?|looked at (?:a |any )?products?|viewed|view|looked|look|browsed|browse',
    '浏览商品|浏览|看商品|看',
  ],
  ['added', 'put something in the cart|added to (?:the |a )?cart|add to (?:the |a )?cart', '加入购物车|加购'],
  ['refund', 'returned something|returned|return', '退货'],
  ['reviewed', 'wrote a review|write a review|reviewed|review', '写评价|评价'],
  ['clicked', 'clicked in a campaign|clicked|click', '点击活动|点击'],
  ['redeemed', 'redeemed a coupon|used a coupon|redeem a coupon|use a coupon', '核销优惠券|用优惠券|用券'],
];
const DEED_EN = DEEDS.map(([did, en]) => `(?<${did}>${en})`).join('|');
const DEED_ZH = DEEDS.map(([did, , zh]) => `(?<${did}>${zh})`).join('|');
const NUMBER = '(?<n>[\\d,]+(?:\\.\\d+)?|[一二两三四五六七八九十])';
const BOUND_EN =
  '(?<bound>at least|no less than|more than|over|above|at most|no more than|less than|fewer than|below|exactly)';
const BOUND_ZH =
  '(?<bound>至少|不少于|不低于|不小于|满|超过|多于|大于|高于|不超过|不高于|至多|最多|少于|低于|不到|恰好|正好|等于)';
const WINDOW_EN = '(?:in|within|during|over) the (?:last|past) (?<days>\\d+) (?<unit>day|week|month)s?';
const WINDOW_ZH = '(?:近|最近|过去)\\s*(?<days>\\d+)\\s*(?<unit>天|日|周|个月|月)(?:内|里|中)?';
const pattern = (source: string) => new RegExp(`^(?:${source})$`, 'iu');

const FORMS: readonly {
  readonly pattern: RegExp;
  readonly read: (found: Groups, vocabulary: Vocabulary) => Condition | undefined;
}[] = [
  {
    pattern: pattern(
      `(?:they )?(?:${DEED_EN})(?: ${BOUND_EN})?(?: ${NUMBER} times| (?<once>once|twice))?(?: ${WINDOW_EN})?`,
    ),
    read: counted,
  },
  {
    pattern: pattern(
      `(?:${WINDOW_ZH})?\\s*(?:${DEED_ZH})过?(?:\\s*${BOUND_ZH})?(?:\\s*${NUMBER}\\s*(?:次|单|回)(?<more>以上)?)?`,
    ),
    read: counted,
  },
  {
    pattern: pattern(`(?:they )?(?:did not|didn['’]t|have not|has not|never) (?:${DEED_EN})(?: ${WINDOW_EN})?`),
    read: (found) => ({ didNot: deedIn(found)!, ...withinOf(found) }),
  },
  {
    pattern: pattern(`(?:${WINDOW_ZH})?\\s*(?:从未|未曾|没有|未|没)(?:${DEED_ZH})过?`),
    read: (found) => ({ didNot: deedIn(found)!, ...withinOf(found) }),
  },
  {
    pattern: pattern(`(?:the )?last (?:time they )?(?:${DEED_EN})(?: was)? ${BOUND_EN} ${NUMBER} days? ago`),
    read: lastTime,
  },
  {
    pattern: pattern(`上次(?:${DEED_ZH})(?:距今|在)?\\s*${BOUND_ZH}?\\s*${NUMBER}\\s*天(?<more>以上)?(?:前|之前)?`),
    read: lastTime,
  },
  {
    pattern: pattern(`spent ${BOUND_EN} [¥$€£]?${NUMBER}(?: on (?<category>.+?))?(?: ${WINDOW_EN})?`),
    read: spent,
  },
  {
    pattern: pattern(
      `(?:${WINDOW_ZH})?\\s*(?:在\\s*(?<category>.+?)\\s*上?)?消费(?:金额)?\\s*${BOUND_ZH}\\s*[¥$€£]?${NUMBER}\\s*元?`,
    ),
    read: spent,
  },
  { pattern: pattern(`(?:a )?random ${NUMBER}\\s?%|随机\\s*(?<share>[\\d.]+)\\s*%`), read: draw },
  { pattern: pattern('(?:they )?(?:agreed|opted in|consented)(?: to marketing)?|同意营销'), read: () => CONSENT },
  {
    pattern: pattern(
      '(?:they )?(?:did not agree|never agreed|did not opt in|never opted in)(?: to marketing)?|(?:未|没有|从未)同意营销',
    ),
    read: () => ({ not: CONSENT }),
  },
];
const CONSENT: Condition = { field: 'consent_marketing', op: '=', value: true };

type Groups = Readonly<Record<string, string | undefined>>;

function clauseOf(text: string, vocabulary: Vocabulary): Condition | undefined {
  for (const form of FORMS) {
    const found = form.pattern.exec(text)?.groups;
    if (found !== undefined || form.pattern.test(text)) {
      const read = form.read(found ?? {}, vocabulary);
      if (read !== undefined) return read;
    }
  }
  return fieldClause(text, vocabulary) ?? nameClause(text, vocabulary);
}

const deedIn = (found: Groups): string | undefined => DEEDS.map(([did]) => did).find((did) => found[did] !== undefined);

const DAYS: Readonly<Record<string, number>> = { day: 1, 天: 1, 日: 1, week: 7, 周: 7, month: 30, 月: 30, 个月: 30 };

function withinOf({ days, unit }: Groups): { within?: { days: number } } {
  if (days === undefined || unit === undefined) return {};
  return { within: { days: Number(days) * DAYS[unit.toLowerCase()]! } };
}

const CHINESE = '一二三四五六七八九十';

function numberIn(text: string): number {
  if (text === '两') return 2;
  const place = CHINESE.indexOf(text);
  return place >= 0 ? place + 1 : Number(text.replaceAll(',', ''));
}

type Comparison = '>=' | '>' | '<=' | '<' | '=';
const COMPARISONS: readonly (readonly [Comparison, string])[] = [
  ['>=', 'at least|no less than|至少|不少于|不低于|不小于|满'],
  ['>', 'more than|over|above|超过|多于|大于|高于'],
  ['<=', 'at most|no more than|不超过|不高于|至多|最多'],
  ['<', 'less than|fewer than|below|少于|低于|不到'],
  ['=', 'exactly|恰好|正好|等于'],
];

const comparisonOf = (bound: string | undefined): Comparison =>
  COMPARISONS.find(([, words]) => words.split('|').includes(bound?.toLowerCase() ?? ''))?.[0] ?? '>=';

/** Bounds on a whole number; undefined where no number fits. */
function bounds(is: Comparison, n: number): Pick<Did, 'atLeast' | 'atMost' | 'exactly'> | undefined {
  if (!Number.isSafeInteger(n) || n < 0 || (is === '<' && n === 0)) return undefined;
  return {
    '>=': { atLeast: n },
    '>': { atLeast: n + 1 },
    '<=': { atMost: n },
    '<': { atMost: n - 1 },
    '=': { exactly: n },
  }[is];
}

function counted(found: Groups): Condition | undefined {
  const did = deedIn(found)!;
  const { n, once, bound, more } = found;
  if (n === undefined && once === undefined) return bound === undefined ? { did, ...withinOf(found) } : undefined;
  const times = n === undefined ? (once?.toLowerCase() === 'twice' ? 2 : 1) : numberIn(n);
  const limit = more !== undefined && bound !== undefined ? undefined : bounds(comparisonOf(bound), times);
  return limit === undefined ? undefined : { did, ...limit, ...withinOf(found) };
}

function lastTime(found: Groups): Condition | undefined {
  if (found.bound === undefined && found.more === undefined) return undefined;
  const limit = bounds(comparisonOf(found.bound), numberIn(found.n!));
  if (limit === undefined) return undefined;
  const { atLeast = limit.exactly, atMost = limit.exactly } = limit;
  return {
    lastTime: deedIn(found)!,
    ...(atLeast === undefined ? {} : { atLeastDaysAgo: atLeast }),
    ...(atMost === undefined ? {} : { atMostDaysAgo: atMost }),
  };
}

function spent(found: Groups, { categories, currencyDigits }: Vocabulary): Condition | undefined {
  const limit = bounds(comparisonOf(found.bound), Math.round(numberIn(found.n!) * 10 ** currencyDigits));
  const asked = found.category?.replace(/^[“"'「]|[”"'」]$/g, '').toLowerCase();
  const category = categories.find(({ key, en, zh }) => [key, en, zh].some((name) => name.toLowerCase() === asked));
  if (limit === undefined || (asked !== undefined && category === undefined)) return undefined;
  const where =
    category === undefined ? {} : { where: [{ property: 'category' as const, op: '=' as const, value: category.key }] };
  return { did: 'order_paid', measure: 'amount', ...limit, ...where, ...withinOf(found) };
}

function draw({ n, share }: Groups): Condition | undefined {
  const percent = Number(n ?? share);
  return percent > 0 && percent <= 100 ? { random: '', below: percent / 100 } : undefined;
}

/** `Orders at least 2`, `订单数不低于 2`: a figure by its own name. */
function fieldClause(text: string, { currencyDigits }: Vocabulary): Condition | undefined {
  for (const [name, { kind, unit, en, zh }] of FIELDS) {
    if (kind !== 'number' || name === 'random') continue;
    for (const [own, bound] of [
      [`${en} `, BOUND_EN],
      [zh, BOUND_ZH],
    ] as const) {
      if (!text.toLowerCase().startsWith(own.toLowerCase())) continue;
      const found = pattern(`(?:is )?${bound}\\s*[¥$€£]?${NUMBER}\\s*(?<sign>%|days?|天|元)?`).exec(
        text.slice(own.length).trim(),
      )?.groups;
      if (found === undefined || (unit === 'share') !== (found.sign === '%')) continue;
      const scale = unit === 'minor' ? 10 ** currencyDigits : unit === 'share' ? 0.01 : 1;
      const value = Number((numberIn(found.n!) * scale).toFixed(6));
      return { field: name, op: comparisonOf(found.bound), value };
    }
  }
  return undefined;
}

/** Names of tiers, states and tags, one or several parted by `or`, 或 and 、, and the same turned round. */
function nameClause(text: string, { tiers, states, tags }: Vocabulary): Condition | undefined {
  const plain = text.replace(
    /^(?:they (?:are|is) |(?:tier|state|lifecycle state|tag) (?:is )?|is |are |in tier |has tag |层级为|生命周期状态为|标签为|是)\s*/i,
    '',
  );
  const not = /^(?:not |非|不是)\s*/i.exec(plain);
  const asked = plain
    .slice(not?.[0].length ?? 0)
    .split(/\s+or\s+|或|、/i)
    .map((name) =>
      name
        .trim()
        .replace(/(?: tier| customers?|客户|层级)$/i, '')
        .toLowerCase(),
    );
  for (const [field, names] of [
    ['tier', tiers],
    ['state', states],
    ['tags', tags],
  ] as const) {
    const keys = asked.map(
      (name) => names.find(({ key, en, zh }) => [key, en, zh].some((each) => each.toLowerCase() === name))?.key,
    );
    if (keys.every((key) => key !== undefined)) {
      const leaf: Condition = { field, op: 'in', value: keys as string[] };
      return not === null ? leaf : { not: leaf };
    }
  }
  return undefined;
}
