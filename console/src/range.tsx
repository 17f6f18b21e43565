/** The date range that the reader looks at, in whole days of the shop's zone, and whether it is compared with the days before. */
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { dayEnd, dayStart, dayText } from './format.ts';
import { useShop } from './shop.tsx';

export const PRESETS = [7, 30, 90, 365] as const;
export type Choice =
  | { readonly days: number }
  | { readonly all: true }
  | { readonly from: string; readonly to: string };

export interface RangeView {
  readonly choice: Choice;
  readonly compare: boolean;
  /** First and last day, YYYY-MM-DD, both included. */
  readonly fromDay: string;
  readonly toDay: string;
  /** First and last millisecond. */
  readonly from: number;
  readonly to: number;
  choose(choice: Choice): void;
  setCompare(compare: boolean): void;
}

interface Stored {
  readonly choice: Choice;
  readonly compare: boolean;
}

const STORED = 'tierwise.range';
const FIRST: Stored = { choice: { days: 30 }, compare: true };
const MS_PER_DAY = 86_400_000;
const Context = createContext<RangeView | undefined>(undefined);

function stored(): Stored {
  try {
    const read = JSON.parse(sessionStorage.getItem(STORED) ?? 'null') as Stored | null;
    return read?.choice === undefined ? FIRST : read;
  } catch {
    return FIRST;
  }
}

export function RangeProvider({ children }: { children: ReactNode }) {
  const { shop } = useShop();
  const [state, setState] = useState<Stored>(stored);
  const value = useMemo<RangeView>(() => {
    const keep = (next: Stored) => {
      sessionStorage.setItem(STORED, JSON.stringify(next));
      setState(next);
    };
    const last = dayText(shop.dataTo ?? shop.asOf, shop.timeZone);
    const { choice, compare } = state;
    const toDay = 'to' in choice ? choice.to : last;
    const fromDay = firstDay(choice, last, dayText(shop.dataFrom ?? shop.asOf, shop.timeZone));
    return {
      choice,
      compare,
      fromDay,
      toDay,
      from: dayStart(fromDay, shop.timeZone),
      to: dayEnd(toDay, shop.timeZone),
      choose: (next) => keep({ choice: next, compare }),
      setCompare: (next) => keep({ choice, compare: next }),
    };
  }, [shop, state]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

function firstDay(choice: Choice, last: string, first: string): string {
  if ('from' in choice) return choice.from;
  if ('all' in choice) return first;
  return new Date(Date.parse(`${last}T00:00:00Z`) - (choice.days - 1) * MS_PER_DAY).toISOString().slice(0, 10);
}

export function useRange(): RangeView {
  const view = useContext(Context);
  if (view === undefined) throw new Error('useRange outside of RangeProvider');
  return view;
}
