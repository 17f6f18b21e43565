/**
 * Writes the answer of `GET /api/v1/recommendations` as JSON text by hand: what is said of a product is written once and
 * kept, so an item costs a few joins. A test holds it to the schema.
 */
import {
  type Bundle,
  dateOf,
  type Item,
  ONLINE_REASONS,
  ONLINE_SOURCES,
  reasonEn,
  reasonZh,
  textAt,
} from '#recommend/index.ts';
import { imageUrl } from './products.ts';

export interface Answer {
  readonly kind: string;
  /** Code, -1: none or unknown. */
  readonly customer: number;
  readonly unknown: readonly string[];
  readonly items: readonly Item[];
  readonly lang: 'both' | 'en' | 'zh';
}

export interface AnswerWriter {
  write(answer: Answer): Buffer;
}

/** Everything that is said of one product, as it stands in JSON. */
interface Said {
  readonly id: string;
  readonly titleEn: string;
  readonly titleZh: string;
  /** The rest of an item before its score. */
  readonly facts: string;
}

const quotedText = (text: string): string => JSON.stringify(text);
/** The inside of a JSON string. */
const inner = (quoted: string): string => quoted.slice(1, -1);

export function answerWriter(bundle: Bundle): AnswerWriter {
  const { products, customers, about } = bundle;
  const kept: (Said | undefined)[] = new Array(products.count);
  const said = (product: number): Said => (kept[product] ??= sayOf(bundle, product));
  const sources = ONLINE_SOURCES.map((source) => `,"source":"${source}","reason":{"code":"`);
  const tiers = about.tiers.map(({ key, en, zh }) => ({
    key: quotedText(key),
    en: inner(quotedText(en)),
    zh: inner(quotedText(zh)),
  }));
  const dates = new Map<number, string>();
  const date = (day: number): string => {
    const made = dates.get(day) ?? dateOf(day);
    if (dates.size < 10_000) dates.set(day, made);
    return made;
  };
  const nobody = { key: 'null', en: '', zh: '' };

  const reason = (item: Item, names: typeof nobody, lang: Answer['lang']): string => {
    const { because, gapDays } = item;
    const of = because < 0 ? undefined : said(because);
    const where = of === undefined ? '"productId":null,"share":null' : `"productId":${of.id},"share":${item.share}`;
    const rhythm =
      gapDays > 0 ? `"everyDays":${gapDays},"lastDate":"${date(item.lastDay)}"` : '"everyDays":null,"lastDate":null';
    const en =
      lang === 'zh'
        ? 'null'
        : `"${reasonEn(item, { title: of === undefined ? '' : inner(of.titleEn), tier: names.en })}"`;
    const zh =
      lang === 'en'
        ? 'null'
        : `"${reasonZh(item, { title: of === undefined ? '' : inner(of.titleZh), tier: names.zh })}"`;
    return `${ONLINE_REASONS[item.reason]!}",${where},${rhythm},"en":${en},"zh":${zh}}}`;
  };

  return {
    write({ kind, customer, unknown, items, lang }) {
      const known = customer >= 0;
      const tier = known ? (tiers[customers.tier[customer]!] ?? nobody) : nobody;
      const personal = !known || customers.personal[customer] === 1;
      let text = `{"kind":"${kind}","asOf":${about.asOf},"known":${known},"personal":${personal},"tier":${tier.key},"unknownProducts":${JSON.stringify(unknown)},"items":[`;
      for (let i = 0; i < items.length; i++) {
        const item = items[i]!;
        const of = said(item.product);
        const titles = `"title":${lang === 'zh' ? 'null' : of.titleEn},"titleZh":${lang === 'en' ? 'null' : of.titleZh}`;
        text += `${i === 0 ? '' : ','}{"rank":${i + 1},"productId":${of.id},${titles},${of.facts},"score":${item.score}${sources[item.source]!}${reason(item, tier, lang)}`;
      }
      return Buffer.from(`${text}]}`);
    },
  };
}

function sayOf({ products }: Bundle, product: number): Said {
  const id = textAt(products.ids, product);
  const path = textAt(products.images, product);
  const category = products.category[product]!;
  const facts = {
    category: category < 0 ? null : textAt(products.categories, category),
    priceMinor: products.hasPrice[product] === 1 ? products.price[product]! : null,
    inStock: products.inStock[product] === 1,
    imageUrl: imageUrl(id, path === '' ? null : path),
  };
  return {
    id: quotedText(id),
    titleEn: quotedText(textAt(products.titlesEn, product)),
    titleZh: quotedText(textAt(products.titlesZh, product)),
    facts: inner(JSON.stringify(facts)),
  };
}
