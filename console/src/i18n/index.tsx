/** The reader's language: two dictionaries with the same keys, switched without reloading and remembered. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { type Language, localeOf } from '../format.ts';
import { en } from './en.ts';
import { zh } from './zh.ts';

export type Key = keyof typeof en;
export type Dictionary = Readonly<Record<Key, string>>;
export type Values = Readonly<Record<string, string | number>>;

/** A text in both languages, as the API gives it. */
export interface Both {
  readonly en: string;
  readonly zh: string;
}

export interface I18n {
  readonly language: Language;
  setLanguage(language: Language): void;
  /** The text of a key; `{name}` takes a value, a bar parts singular from plural by `n`; numbers are grouped. */
  t(key: Key, values?: Values): string;
  /** The reader's side of a text in both languages. */
  pick(text: Both): string;
}

const DICTIONARIES: Record<Language, Dictionary> = { en, zh };
const STORED = 'tierwise.language';
const Context = createContext<I18n | undefined>(undefined);

function preferred(): Language {
  const stored = localStorage.getItem(STORED);
  if (stored === 'zh' || stored === 'en') return stored;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** Whether the dictionaries have the key, for keys made from data. */
export const isKey = (key: string): key is Key => Object.hasOwn(en, key);

export function translate(language: Language, key: Key, values: Values = {}): string {
  const forms = DICTIONARIES[language][key].split('|');
  const locale = localeOf(language);
  const n = values.n;
  const one = typeof n === 'number' && new Intl.PluralRules(locale).select(n) === 'one';
  const form = forms.length > 1 && !one ? forms[1] : forms[0];
  return (form ?? key).replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? new Intl.NumberFormat(locale).format(value) : value;
  });
}

export function I18nProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(preferred);
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  }, [language]);
  const value = useMemo<I18n>(
    () => ({
      language,
      setLanguage: (next) => {
        localStorage.setItem(STORED, next);
        setLanguage(next);
      },
      t: (key, values) => translate(language, key, values),
      pick: (text) => text[language] || text.en,
    }),
    [language],
  );
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useI18n(): I18n {
  const value = useContext(Context);
  if (value === undefined) throw new Error('useI18n outside of I18nProvider');
  return value;
}
