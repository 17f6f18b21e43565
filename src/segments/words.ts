/** Conditions in plain words, in English and in Chinese. */
import { localMs } from '#kernels/local-time.ts';
import {
  type AnyLeaf,
  type Condition,
  type Did,
  type Leaf,
  type Op,
  partsOf,
  type Span,
  type Step,
  type Test,
  type Within,
} from './condition.ts';
import { FIELDS, type Unit, type ValuesOf } from './fields.ts';
import { happeningOf, PROPERTIES, type PropertyName } from './happenings.ts';

export interface Both {
  readonly en: string;
  readonly zh: string;
}

/** What keys are called, and the currency that minor units are of. */
export interface Naming {
  readonly currency: string;
  readonly currencyDigits: number;
  /** Undefined: shown as the key itself. */
  name(of: ValuesOf | PropertyName | 'segment' | 'list', key: string): Both | undefined;
}

const NO_NAMES: Naming = { currency: 'XXX', currencyDigits: 0, name: () => undefined };
type Language = keyof Both;
const LANGUAGES = ['en', 'zh'] as const;
const LOCALES = { en: 'en-US', zh: 'zh-CN' } as const;
const SHOWN_MAX = 6;

/** The whole condition as one sentence without its full stop, in both languages. */
export function words(condition: Condition, naming: Naming = NO_NAMES): Both {
  const [en, zh] = LANGUAGES.map((language) => tree(condition, { language, naming }, true));
  return { en: `${en!.slice(0, 1).toUpperCase()}${en!.slice(1)}`, zh: zh! };
}

interface Speaker {
  readonly language: Language;
  readonly naming: Naming;
}

function tree(part: Condition, speaker: Speaker, isOutermost: boolean): string {
  const isEnglish = speaker.language === 'en';
  if ('not' in part) {
    const inner = tree(part.not, speaker, true);
    return isEnglish ? `not (${inner})` : `非（${inner}）`;
  }
  const parts = partsOf(part);
  if (parts === undefined) return leafWords(part as AnyLeaf, speaker);
  const isAll = 'all' in part;
  if (parts.length === 0) return isAll ? (isEnglish ? 'everyone' : '所有客户') : isEnglish ? 'nobody' : '没有任何人';
  if (parts.length === 1) return tree(parts[0]!, speaker, isOutermost);
  const joined = parts
    .map((each) => tree(each, speaker, false))
    .join(isAll ? (isEnglish ? '; and ' : '；且') : isEnglish ? '; or ' : '；或');
  if (isOutermost) return joined;
  return isEnglish ? `(${joined})` : `（${joined}）`;
}

function leafWords(leaf: AnyLeaf, speaker: Speaker): string {
  const isEnglish = speaker.language === 'en';
  if ('field' in leaf) return fieldWords(leaf, speaker);
  if ('did' in leaf) return didWords(leaf, speaker);
  if ('didNot' in leaf) return notWords({ ...leaf, did: leaf.didNot }, speaker, windowWords(leaf.within, speaker));
  if ('lastTime' in leaf) return lastWords(leaf, speaker);
  if ('sequence' in leaf) return sequenceWords(leaf, speaker);
  if ('dropped' in leaf) {
    const first = deedWords(leaf.dropped, speaker, windowWords(leaf.within, speaker));
    const span = spanWords(leaf.in, speaker);
    return isEnglish
      ? `${first} and then ${notWords(leaf.without, speaker, `within ${span}`)}`
      : `${first}，之后 ${span}内${notWords(leaf.without, speaker, '')}`;
  }
  if ('segment' in leaf || 'list' in leaf) {
    const [of, key] = 'segment' in leaf ? (['segment', leaf.segment] as const) : (['list', leaf.list] as const);
    const name = named(of, key, speaker);
    if (isEnglish) return of === 'segment' ? `in segment “${name}”` : `on list “${name}”`;
    return of === 'segment' ? `属于人群“${name}”` : `在名单“${name}”中`;
  }
  if ('random' in leaf) {
    const { from = 0, below, random } = leaf;
    const share = percent(below - from, speaker.language);
    const salt = random === '' ? '' : isEnglish ? `, draw “${random}”` : `，抽签“${random}”`;
    const place = from === 0 ? '' : `, ${percent(from, speaker.language)} – ${percent(below, speaker.language)}`;
    return isEnglish ? `a random ${share}${place}${salt}` : `随机 ${share}${place}${salt}`;
  }
  return upliftWords(leaf, speaker);
}

function upliftWords(
  { uplift, bound = 'effect', op, value }: Extract<AnyLeaf, { uplift: string }>,
  speaker: Speaker,
): string {
  const offer = named('offer', uplift, speaker);
  const end = {
    effect: { en: '', zh: '' },
    low: { en: ', at its low end,', zh: '（区间下限）' },
    high: { en: ', at its high end,', zh: '（区间上限）' },
  }[bound][speaker.language];
  const amount = compared(op, money(value, speaker), speaker);
  return speaker.language === 'en'
    ? `what offer “${offer}” adds${end} is ${amount}`
    : `优惠“${offer}”带来的增量${end}${amount}`;
}

/** Comparisons by themselves, as a form shows them. */
export const OP_WORDS: Readonly<Record<Op, Both>> = {
  '=': { en: 'is', zh: '等于' },
  '!=': { en: 'is not', zh: '不等于' },
  '<': { en: 'below', zh: '低于' },
  '<=': { en: 'at most', zh: '不超过' },
  '>': { en: 'above', zh: '高于' },
  '>=': { en: 'at least', zh: '不低于' },
  in: { en: 'is one of', zh: '属于其一' },
  missing: { en: 'is not known', zh: '未知' },
};

const COMPARED = {
  '=': { en: 'exactly', zh: '等于' },
  '!=': { en: 'not', zh: '不等于' },
  '<': { en: 'below', zh: '低于' },
  '<=': { en: 'at most', zh: '不超过' },
  '>': { en: 'above', zh: '高于' },
  '>=': { en: 'at least', zh: '不低于' },
} as const;

const compared = (op: keyof typeof COMPARED, value: string, { language }: Speaker): string =>
  `${COMPARED[op][language]} ${value}`;

function fieldWords({ field, op, value }: Leaf, speaker: Speaker): string {
  const { kind, unit, values, ...both } = FIELDS.get(field)!;
  const isEnglish = speaker.language === 'en';
  const name = both[speaker.language];
  if (op === 'missing')
    return value === true
      ? isEnglish
        ? `${name} is not known`
        : `${name}未知`
      : isEnglish
        ? `${name} is known`
        : `${name}已知`;
  const said = (own: unknown): string => {
    if (typeof own === 'number') return quantity(own, unit, speaker);
    if (typeof own === 'boolean') return isEnglish ? (own ? 'yes' : 'no') : own ? '是' : '否';
    return values === undefined ? String(own) : named(values, String(own), speaker);
  };
  if (kind === 'number' && op !== 'in') return `${name}${isEnglish ? ' ' : ''}${compared(op, said(value), speaker)}`;
  return `${name}${isEnglish ? ' ' : ''}${chosen(op, value, said, speaker)}`;
}

/** `is A, B or C`. */
function chosen(op: Op, value: unknown, said: (own: unknown) => string, { language }: Speaker): string {
  const all = (Array.isArray(value) ? value : [value]) as unknown[];
  const isEnglish = language === 'en';
  if (all.length === 0) return isEnglish ? 'is one of an empty list' : '属于空列表';
  const shown = all.slice(0, SHOWN_MAX).map(said);
  const more = all.length - shown.length;
  if (more > 0) shown.push(isEnglish ? `${more} more` : `另外 ${more} 项`);
  const list = new Intl.ListFormat(LOCALES[language], { type: 'disjunction' }).format(shown);
  if (op === '!=') return isEnglish ? `is not ${list}` : `不为 ${list}`;
  return isEnglish ? `is ${list}` : `为 ${list}`;
}

function didWords(leaf: Did, speaker: Speaker): string {
  const { measure = 'times', atLeast, atMost, exactly } = leaf;
  const isEnglish = speaker.language === 'en';
  const unit = measure === 'amount' ? 'minor' : 'count';
  const much = (value: number) => quantity(value, unit, speaker);
  const bounds =
    exactly !== undefined
      ? compared('=', much(exactly), speaker)
      : atLeast !== undefined && atMost !== undefined
        ? `${much(atLeast)} – ${much(atMost)}`
        : atMost !== undefined
          ? compared('<=', much(atMost), speaker)
          : (atLeast ?? 1) === 1 && measure === 'times'
            ? ''
            : compared('>=', much(atLeast ?? 1), speaker);
  if (bounds === '') return deedWords(leaf, speaker, windowWords(leaf.within, speaker));
  const last = exactly ?? atMost ?? atLeast ?? 1;
  const said = isEnglish
    ? {
        times: `${bounds} ${last === 1 ? 'time' : 'times'}`,
        amount: `for ${bounds} in all`,
        quantity: `${bounds} units in all`,
      }[measure]
    : {
        times: `${bounds} ${happeningOf(leaf.did)!.times}`,
        amount: `合计金额${bounds}`,
        quantity: `合计数量${bounds}`,
      }[measure];
  return deedWords(leaf, speaker, windowWords(leaf.within, speaker), said);
}

/** One happening with its window, tests and amount. */
function deedWords(step: Step, speaker: Speaker, window: string, much = ''): string {
  const happening = happeningOf(step.did)!;
  const tests = testsWords(step, speaker);
  if (speaker.language === 'en') return [happening.en + tests, much, window].filter((each) => each !== '').join(' ');
  return `${window}${happening.zh}${tests}${much === '' ? '' : ` ${much}`}`;
}

function notWords(step: Step, speaker: Speaker, window: string): string {
  const happening = happeningOf(step.did)!;
  const tests = testsWords(step, speaker);
  if (speaker.language === 'en') return [happening.not + tests, window].filter((each) => each !== '').join(' ');
  return `${window}未${happening.zh}${tests}`;
}

function testsWords({ where = [] }: Step, speaker: Speaker): string {
  if (where.length === 0) return '';
  const each = where.map((test) => testWords(test, speaker));
  return speaker.language === 'en' ? ` (${each.join(', ')})` : `（${each.join('，')}）`;
}

function testWords({ property, op, value }: Test, speaker: Speaker): string {
  const own = PROPERTIES[property];
  const unit = own.kind === 'number' ? own.unit : undefined;
  const name = own[speaker.language];
  const said = (one: unknown) =>
    typeof one === 'number' ? quantity(one, unit, speaker) : `“${named(property, String(one), speaker)}”`;
  const space = speaker.language === 'en' ? ' ' : '';
  if (own.kind === 'number' && op !== 'in') return `${name}${space}${compared(op, said(value), speaker)}`;
  return `${name}${space}${chosen(op, value, said, speaker)}`;
}

function windowWords(within: Within | undefined, { language }: Speaker): string {
  if (within === undefined) return '';
  const isEnglish = language === 'en';
  if ('days' in within) {
    if (within.days === 1) return isEnglish ? 'today' : '当天';
    return isEnglish ? `in the last ${within.days} days` : `近 ${within.days} 天内`;
  }
  const { from, to } = within;
  if (from !== undefined && to !== undefined) return isEnglish ? `from ${from} to ${to}` : `${from} 至 ${to} `;
  if (from !== undefined) return isEnglish ? `since ${from}` : `${from} 起`;
  return isEnglish ? `until ${to}` : `截至 ${to} `;
}

function lastWords(leaf: Extract<AnyLeaf, { lastTime: string }>, speaker: Speaker): string {
  const { lastTime, where, atLeastDaysAgo: least, atMostDaysAgo: most } = leaf;
  const deed = deedWords({ did: lastTime, where }, speaker, '');
  if (speaker.language === 'en') {
    const days = (n: number) => `${n} ${n === 1 ? 'day' : 'days'}`;
    const ago =
      least !== undefined && most !== undefined
        ? `${least} to ${days(most)}`
        : least !== undefined
          ? `at least ${days(least)}`
          : `at most ${days(most!)}`;
    return `the last time they ${deed} was ${ago} ago`;
  }
  const ago =
    least !== undefined && most !== undefined
      ? `${least} 至 ${most} 天`
      : least !== undefined
        ? `至少 ${least} 天`
        : `不超过 ${most} 天`;
  return `上次${deed}距今${ago}`;
}

function sequenceWords(
  { sequence, in: span, within }: Extract<AnyLeaf, { sequence: unknown }>,
  speaker: Speaker,
): string {
  const [first, ...rest] = sequence.map((step, i) =>
    deedWords(step, speaker, i === 0 ? windowWords(within, speaker) : ''),
  );
  const time = spanWords(span, speaker);
  if (speaker.language === 'en')
    return `${first}, ${rest.map((each) => `then ${each}`).join(', ')}, all within ${time}`;
  return `先${first}，${rest.map((each) => `再${each}`).join('，')}，全程不超过 ${time}`;
}

function spanWords(span: Span, { language }: Speaker): string {
  const [n, en, zh] = 'days' in span ? [span.days, 'day', '天'] : [span.hours, 'hour', '小时'];
  return language === 'en' ? `${n} ${en}${n === 1 ? '' : 's'}` : `${n} ${zh}`;
}

const named = (of: Parameters<Naming['name']>[0], key: string, { naming, language }: Speaker): string =>
  naming.name(of, key)?.[language] || key;

const percent = (share: number, language: Language): string =>
  new Intl.NumberFormat(LOCALES[language], { style: 'percent', maximumFractionDigits: 2 }).format(share);

/** What is known of a customer beside a leaf that holds for them; null where there is no more to tell than that. */
export function figureWords(leaf: AnyLeaf, own: unknown, naming: Naming, timeZone: string): Both | null {
  if (own === null || own === undefined) return null;
  const both = (say: (speaker: Speaker) => string): Both => ({
    en: say({ language: 'en', naming }),
    zh: say({ language: 'zh', naming }),
  });
  if ('lastTime' in leaf) {
    const day = new Date(localMs(Number(own), timeZone)).toISOString().slice(0, 10);
    return { en: day, zh: day };
  }
  if ('did' in leaf)
    return both((speaker) => quantity(Number(own), leaf.measure === 'amount' ? 'minor' : 'count', speaker));
  if (!('field' in leaf)) return null;
  const { unit, values, kind } = FIELDS.get(leaf.field)!;
  if (kind === 'flag') return null;
  const of = (one: unknown, speaker: Speaker) =>
    typeof one === 'number'
      ? quantity(one, unit, speaker)
      : values === undefined
        ? String(one)
        : named(values, String(one), speaker);
  return both((speaker) => (Array.isArray(own) ? own : [own]).map((one) => of(one, speaker)).join(', '));
}

/** A figure with its unit. */
function quantity(value: number, unit: Unit | undefined, speaker: Speaker): string {
  if (unit === 'minor') return money(value, speaker);
  if (unit === 'share') return percent(value, speaker.language);
  const text = new Intl.NumberFormat(LOCALES[speaker.language], { maximumFractionDigits: 4 }).format(value);
  if (unit !== 'days') return text;
  return speaker.language === 'en' ? `${text} ${value === 1 ? 'day' : 'days'}` : `${text} 天`;
}

function money(minor: number, { language, naming: { currency, currencyDigits } }: Speaker): string {
  const format = {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: 0,
    maximumFractionDigits: currencyDigits,
  } as const;
  return new Intl.NumberFormat(LOCALES[language], format).format(minor / 10 ** currencyDigits);
}
