/** From words with {{fields}} to what a channel carries, with a way out of it at the foot, always. */
import { FIELD, type Message, type Words } from './message.ts';

export interface Rendered {
  readonly subject: string;
  /** Text without markup; lines end in \n. */
  readonly text: string;
  /** The same as HTML, every value escaped. */
  readonly html: string;
  readonly language: 'en' | 'zh';
}

export interface Frame {
  readonly shop: string;
  readonly language: 'en' | 'zh';
  /** Where to unsubscribe; without it the foot names a word to answer with. */
  readonly unsubscribe?: string;
}

const FOOT = {
  en: { link: 'Unsubscribe: ', word: 'Reply STOP to unsubscribe.' },
  zh: { link: '退订：', word: '回复 TD 退订' },
} as const;

/** & < > " ' as entities. */
export const escapedHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Without signs that steer a terminal, a header or a page: control characters other than line ends, and what turns text round. */
const tame = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replaceAll(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, (sign) => (sign === '\n' ? sign : ' '));

const oneLine = (text: string): string =>
  tame(text)
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim();

/** The words of a message in the language of the customer, or in the other one where theirs lacks. */
export function renderedOf(message: Pick<Message, 'words' | 'fields'>, frame: Frame): Rendered {
  const language =
    message.words[frame.language] === undefined ? (frame.language === 'en' ? 'zh' : 'en') : frame.language;
  const words = message.words[language] as Words;
  const values = { ...message.fields, shop: frame.shop, unsubscribe: frame.unsubscribe ?? FOOT[language].word };
  const filled = (text: string, coded: (value: string) => string): string =>
    text.replaceAll(FIELD, (_, name: string) => coded(oneLine((values as Record<string, string>)[name] ?? '')));
  const body = tame(words.body).trim();
  const text = filled(body, (value) => value);
  const html = filled(escapedHtml(body), escapedHtml);
  const foot = FOOT[language];
  const link = frame.unsubscribe;
  const footText = link === undefined ? foot.word : `${foot.link}${link}`;
  const footHtml =
    link === undefined
      ? escapedHtml(foot.word)
      : `<a href="${escapedHtml(link)}">${escapedHtml(foot.link.replace(/[：:]\s*$/, ''))}</a>`;
  return {
    subject: oneLine(filled(words.subject ?? frame.shop, (value) => value)),
    text: `${text}\n\n${footText}`,
    html: `<p>${html.replaceAll('\n', '<br>')}</p><p>${footHtml}</p>`,
    language,
  };
}
