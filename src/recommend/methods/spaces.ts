/** What is worth trying of each method, joined from the families' own lists. */
import { BASKET_SPACES, RANK_SPACES } from './baskets/spaces.ts';
import { FACTOR_SPACES } from './factors/spaces.ts';
import { FILTER_SPACES } from './filters/spaces.ts';
import type { Numbers } from './method.ts';

/** Settings of each method by its name, the likeliest first; a search may stop after any of them. */
export type Spaces = Readonly<Record<string, readonly Numbers[]>>;

/** Every pair of the two lists of settings, the first list's order first. */
const crossed = (a: readonly Numbers[], b: readonly Numbers[]): Numbers[] =>
  b.flatMap((second) => a.map((first) => ({ ...first, ...second })));

const HALF_LIVES = [56, 28, 112, 14, 224].map((halfLifeDays) => ({ halfLifeDays }));
const WALKS = crossed(
  [0.8, 0.6, 1, 0.4].map((alpha) => ({ alpha })),
  [0.3, 0.1, 0.5, 0].map((beta) => ({ beta })),
);

const GENERAL: Spaces = {
  popularity: [{}],
  'popular-in-tier': [{}],
  personal: HALF_LIVES,
  rp3beta: WALKS,
  blend: crossed(
    [0.2, 0.1, 0.4, 0.05, 0.7].map((step) => ({ step })),
    HALF_LIVES.slice(0, 3),
  ),
};

/** The families' lists as one; a method in several has the settings of all, each once. */
export function joined(families: readonly Spaces[]): Spaces {
  const out = new Map<string, Map<string, Numbers>>();
  for (const family of families) {
    for (const [name, settings] of Object.entries(family)) {
      const own = out.get(name) ?? new Map<string, Numbers>();
      for (const one of settings) own.set(JSON.stringify(Object.entries(one).sort()), one);
      out.set(name, own);
    }
  }
  return Object.fromEntries([...out].map(([name, settings]) => [name, [...settings.values()]]));
}

export const SPACES: Spaces = joined([GENERAL, FILTER_SPACES, FACTOR_SPACES, BASKET_SPACES, RANK_SPACES]);
