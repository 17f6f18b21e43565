/** Numbers, money and dates for reading, in the shop's currency and zone and the reader's language. */
export type Language = 'zh' | 'en';

export interface FormatOptions {
  readonly language: Language;
  readonly currency: string;
  readonly currencyDigits: number;
  readonly timeZone: string;
}

export interface Format {
  /** 1,234,567 */
  count(value: number): string;
  /** 12K, 1.2万 */
  short(value: number): string;
  /** A share of one: 0.123 -> 12.3% */
  percent(share: number, digits?: number): string;
  /** A number with exactly `digits` decimals. */
  fixed(value: number, digits: number): string;
  /** A plain number with at most `digits` decimals. */
  decimal(value: number, digits?: number): string;
  /** Minor units in full, with the currency's own decimals. */
  money(minor: number): string;
  /** Minor units, rounded to whole major ones: $12,345 */
  moneyWhole(minor: number): string;
  /** Minor units, rounded and short: $12.3K, ¥1.2万 */
  moneyShort(minor: number): string;
  /** Major units for an input's suffix: the currency's symbol. */
  readonly symbol: string;
  date(at: number): string;
  dateShort(at: number): string;
  dateTime(at: number): string;
  month(at: number): string;
  hour(at: number): string;
  list(items: readonly string[]): string;
}

const LOCALES: Record<Language, string> = { zh: 'zh-CN', en: 'en-US' };

export const localeOf = (language: Language): string => LOCALES[language];

/** The formats of one shop in one language. Missing numbers read as an en dash. */
export function makeFormat({ language, currency, currencyDigits, timeZone }: FormatOptions): Format {
  const locale = LOCALES[language];
  const number = (options: Intl.NumberFormatOptions) => {
    const format = new Intl.NumberFormat(locale, options);
    return (value: number) => (Number.isFinite(value) ? format.format(value) : '–');
  };
  const time = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, { timeZone, ...options });
    return (at: number) => (Number.isFinite(at) ? format.format(at) : '–');
  };
  const scale = 10 ** currencyDigits;
  const money = { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } as const;
  const whole = number({ ...money, minimumFractionDigits: currencyDigits, maximumFractionDigits: currencyDigits });
  const round = number({ ...money, minimumFractionDigits: 0, maximumFractionDigits: 0 });
  const brief = number({ ...money, notation: 'compact', minimumFractionDigits: 0, maximumFractionDigits: 1 });
  // Below the first short unit (1,000 or 1万) compact notation neither groups nor rounds.
  const compactFrom = language === 'zh' ? 10_000 : 1000;
  const shortly = (value: number) => (Math.abs(value) < compactFrom ? round(value) : brief(value));
  const count = number({ maximumFractionDigits: 0 });
  const compact = number({ notation: 'compact', maximumFractionDigits: 1 });
  const list = new Intl.ListFormat(locale, { type: 'conjunction', style: 'narrow' });
  const parts = new Intl.NumberFormat(locale, money).formatToParts(0);
  return {
    count,
    short: (value) => (Math.abs(value) < compactFrom ? count(value) : compact(value)),
    percent: (share, digits = 1) =>
      number({ style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits })(share),
    fixed: (value, digits) => number({ minimumFractionDigits: digits, maximumFractionDigits: digits })(value),
    decimal: (value, digits = 2) => number({ maximumFractionDigits: digits })(value),
    money: (minor) => whole(minor / scale),
    moneyWhole: (minor) => round(minor / scale),
    moneyShort: (minor) => shortly(minor / scale),
    symbol: parts.find((part) => part.type === 'currency')?.value ?? currency,
    date: time({ year: 'numeric', month: 'short', day: 'numeric' }),
    dateShort: time({ month: 'short', day: 'numeric' }),
    dateTime: time({ year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }),
    month: time({ year: 'numeric', month: 'short' }),
    hour: time({ month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }),
    list: (items) => list.format(items),
  };
}

const MS_PER_DAY = 86_400_000;

/** The calendar day of a moment in a zone, as YYYY-MM-DD. */
export const dayText = (at: number, timeZone: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(at);

/** Milliseconds by which the zone's clock is ahead of UTC at a moment. */
function offset(at: number, timeZone: string): number {
  const parts: Record<string, number> = {};
  const options = { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' } as const;
  const format = new Intl.DateTimeFormat('en-US', {
    ...options,
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  for (const { type, value } of format.formatToParts(at)) parts[type] = Number(value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/** The moment at which a day (YYYY-MM-DD) begins in a zone; NaN when the text is not a day. */
export function dayStart(day: string, timeZone: string): number {
  const naive = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(naive)) return Number.NaN;
  const first = naive - offset(naive, timeZone);
  return naive - offset(first, timeZone);
}

/** The last millisecond of a day in a zone. */
export const dayEnd = (day: string, timeZone: string): number =>
  dayStart(dayText(dayStart(day, timeZone) + 1.5 * MS_PER_DAY, timeZone), timeZone) - 1;
