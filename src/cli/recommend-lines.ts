/** How a recommender was judged, as lines for a terminal. */
import type { RecommendReport } from '#recommend/index.ts';

type Bounds = readonly [number, number];

const fixed = (value: number): string => value.toFixed(4);
const cell = (value: number, [low, high]: Bounds): string => `${fixed(value)} [${fixed(low)}, ${fixed(high)}]`;
const written = (params: Readonly<Record<string, number>>): string =>
  Object.entries(params)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
    .join(', ');

const FIGURES = [
  ['recall', 'recall'],
  ['ndcg', 'NDCG'],
  ['hitRate', 'hit rate'],
  ['precision', 'precision'],
  ['mrr', 'MRR'],
  ['map', 'MAP'],
  ['coverage', 'coverage of the catalogue'],
  ['gini', 'Gini of exposure'],
  ['diversity', 'diversity within a list'],
  ['novelty', 'novelty, bits'],
  ['popularityShown', 'popularity shown'],
  ['popularityRelevant', 'popularity of what is wanted'],
  ['popularityBias', 'popularity bias'],
] as const;

const PARTS = [
  ['repeat', 'had before, among those'],
  ['explore', 'new to the user, among those'],
  ['coldUsers', 'users with under 5 items'],
  ['warmUsers', 'the other users'],
  ['coldItems', 'items with under 5 users'],
  ['warmItems', 'the other items'],
] as const;

/** What was fitted, on what it was judged, the figures with their 95 % intervals, the parts, and what it was compared with. */
export function recommendLines(report: RecommendReport): string {
  const { metrics, intervals, parts, k, split, keepSeen, testUsers, items, rows } = report;
  const from = split.from === undefined ? '' : `, from ${split.from}`;
  return [
    ...chosenLines(report),
    `Judged on ${testUsers} users and ${rows.test} rows (${split.kind}${from}), the ${k} best of ${items} items, ${keepSeen ? 'had before or not' : 'new to the user'}; 95 % intervals over users:`,
    ...FIGURES.map(([name, about]) => `  ${about.padEnd(30)}${cell(metrics[name], intervals[name])}`),
    'Parts: recall, NDCG',
    ...PARTS.flatMap(([name, about]) => {
      const part = parts[name];
      if (part === undefined || part.users === 0) return [];
      const [recall, ndcg] = (['recall', 'ndcg'] as const).map((own) => cell(part.metrics[own], part.intervals[own]));
      return [`  ${about.padEnd(30)}${recall}  ${ndcg}  ${part.users} users`];
    }),
    ...comparedLines(report),
    `Fitted in ${report.trainSeconds.toFixed(1)} s, chosen in ${report.chooseSeconds.toFixed(1)} s, ${report.usersPerSecond} users a second, ${Math.round(report.peakRssMb)} MB.`,
  ].join('\n');
}

function chosenLines({
  method,
  params,
  mixOf,
  chosenOn,
  candidates = [],
  skipped = [],
  mix,
}: RecommendReport): string[] {
  const parts = mixOf?.map((part) => `${Math.round(100 * part.weight)} % ${part.method} (${written(part.params)})`);
  const head = `Method ${method}: ${parts?.join(' + ') ?? (written(params) || 'no parameters')}`;
  if (chosenOn === undefined) return [head];
  const tried = candidates
    .slice(0, 5)
    .map(
      (own) =>
        `  ${own.method.padEnd(16)}NDCG ${fixed(own.ndcg)} on ${Math.round(100 * own.share)} % of users, ${own.seconds.toFixed(1)} s  ${written(own.params)}`,
    );
  const gain =
    mix === undefined
      ? []
      : [
          `  a mixture of ${mix.of.join(', ')} less the best: NDCG ${cell(mix.difference.ndcg, mix.difference.ndcgInterval)}: ${mix.isBetter ? 'taken' : 'not taken'}`,
        ];
  return [
    head,
    `Chosen among ${candidates.length} settings on a cut of the training rows (${chosenOn}); ${skipped.length} not begun${skipped[0] === undefined ? '' : `, e.g. ${skipped[0].method}: ${skipped[0].why}`}`,
    ...tried,
    ...gain,
  ];
}

function comparedLines({ compared = [], method }: RecommendReport): string[] {
  if (compared.length === 0) return [];
  return [
    `${method} less each, on the same users (paired bootstrap): recall, NDCG`,
    ...compared.map(
      ({ method: other, difference: { recall, recallInterval, ndcg, ndcgInterval } }) =>
        `  ${other.padEnd(30)}${cell(recall, recallInterval)}  ${cell(ndcg, ndcgInterval)}`,
    ),
  ];
}
