/** Fits and judges a recommender on an analyst's own interaction table. */
import { availableParallelism } from 'node:os';
import { known } from '#errors.ts';
import {
  METHOD_NAMES,
  parseSplit,
  type RecommendOptions,
  type RecommendReport,
  recommendTables,
  SPLIT_FORMS,
} from '#recommend/index.ts';
import { withAnalystFiles } from '../analyst-file.ts';
import type { Command, Values } from '../command.ts';
import { recommendLines } from '../recommend-lines.ts';
import { given, numbersOf, peakRssMb, seedOf, text, withCompute } from '../values.ts';
import { formatOf, writeTable } from '../write.ts';

/** Of `--method best` where none are given. */
const MINUTES = 5;

export const recommend: Command = {
  name: 'recommend',
  about: 'fit and judge a recommender on an interaction table, ranking the whole catalogue',
  options: {
    train: { type: 'text', value: 'FILE', about: 'one row an interaction; with --test' },
    test: { type: 'text', value: 'FILE', about: 'the later interactions to find' },
    data: {
      type: 'text',
      value: 'FILE',
      about: 'instead of both: one file, of which --split cuts off what is to be found',
    },
    split: { type: 'text', value: 'HOW', about: `of --data: ${SPLIT_FORMS} (default time)` },
    user: { type: 'text', value: 'COL', about: 'column of the user', required: true },
    item: { type: 'text', value: 'COL', about: 'column of the item', required: true },
    time: { type: 'text', value: 'COL', about: 'column of the time' },
    weight: { type: 'text', value: 'COL', about: 'column of a weight above zero' },
    items: { type: 'text', value: 'FILE', about: 'what items are: the item column, and columns that describe it' },
    method: {
      type: 'text',
      value: 'NAME',
      about: `${METHOD_NAMES.join(', ')}, or best: chosen on a part of the training rows (default best)`,
    },
    minutes: { type: 'number', value: 'N', about: `of best: for the choice and the last fit (default ${MINUTES})` },
    among: { type: 'text', value: 'NAME,NAME', about: 'of best: methods to choose from (default all)' },
    params: { type: 'text', value: 'JSON', about: 'parameters of the method' },
    compare: { type: 'text', value: 'NAME,NAME', about: 'methods to compare with on the same users' },
    k: { type: 'number', value: 'N', about: 'length of the list (default 20)' },
    'keep-seen': { type: 'flag', about: 'items of the training rows may be recommended again' },
    out: { type: 'text', value: 'FILE', about: 'write the lists (.parquet, .csv, .jsonl)' },
  },
  run: (values, _words, context) => {
    const isBest = (values.method ?? 'best') === 'best';
    const named = filesOf(values);
    const split = splitOf(values);
    const only = checkBest(values, isBest);
    const out = values.out === undefined ? undefined : text(values, 'out');
    if (out !== undefined) formatOf(out);
    return withCompute(values, context, async (compute) => {
      const paths = named.map((name) => text(values, name));
      const { report, lists } = await withAnalystFiles(paths, (readable) => {
        const path = new Map(named.map((name, i) => [name, readable[i]!]));
        const [test, items] = [path.get('test'), path.get('items')];
        return recommendTables(compute, {
          train: path.get('train') ?? path.get('data')!,
          ...(test !== undefined && { test }),
          ...(split && { split }),
          ...(items !== undefined && { items }),
          user: text(values, 'user'),
          item: text(values, 'item'),
          ...given(values, 'time'),
          ...given(values, 'weight'),
          ...only,
          compare: values.compare === undefined ? [] : text(values, 'compare').split(','),
          k: values.k === undefined ? 20 : Number(values.k),
          keepSeen: values['keep-seen'] === true,
          seed: seedOf(values),
          threads: typeof values.threads === 'number' ? values.threads : availableParallelism(),
          meter: { nowMs: () => performance.now(), peakRssMb },
        });
      });
      if (out !== undefined) await writeTable(compute, lists(), out, ['rank']);
      return report;
    });
  },
  show: (report: RecommendReport) => recommendLines(report),
};

/** The options that name files, in one of the two forms. */
function filesOf(values: Values): readonly ('train' | 'test' | 'data' | 'items')[] {
  const has = (name: string): boolean => values[name] !== undefined;
  const expected = '--train FILE --test FILE, or --data FILE with --time COL or --split leave-one-out';
  if (has('data') && (has('train') || has('test')))
    throw known('USAGE', { what: '--data beside --train or --test', expected });
  if (!has('data') && !(has('train') && has('test')))
    throw known('USAGE', { what: `\`recommend\` needs --${has('train') ? 'test' : 'train'}`, expected });
  if (has('split') && !has('data'))
    throw known('USAGE', { what: '--split beside --train and --test, which are split', expected: '--data FILE' });
  const items = has('items') ? (['items'] as const) : [];
  return has('data') ? ['data', ...items] : ['train', 'test', ...items];
}

function splitOf(values: Values): ReturnType<typeof parseSplit> | undefined {
  if (values.data === undefined) return undefined;
  const split = parseSplit(values.split === undefined ? 'time' : text(values, 'split'));
  if (split.kind === 'time' && values.time === undefined)
    throw known('USAGE', {
      what: '--data is to be split by time, but there is no --time',
      expected: '--time COL, or --split leave-one-out for the last row of each user in the order of the file',
    });
  return split;
}

type Asked = Pick<RecommendOptions, 'method' | 'minutes' | 'among' | 'params'>;

/** What holds of `best` alone, and of all others. */
function checkBest(values: Values, isBest: boolean): Asked {
  if (isBest && values.params !== undefined)
    throw known('USAGE', {
      what: '--params with --method best, which chooses them',
      expected: `a --method of ${METHOD_NAMES.join(', ')}`,
    });
  for (const name of ['minutes', 'among'])
    if (!isBest && values[name] !== undefined)
      throw known('USAGE', {
        what: `--${name} with --method ${values.method}`,
        expected: `--${name} with --method best`,
      });
  const minutes = Number(values.minutes ?? MINUTES);
  if (!(minutes > 0)) throw known('USAGE', { what: `--minutes is ${minutes}`, expected: 'a number above 0' });
  if (isBest)
    return { method: 'best', minutes, ...(values.among !== undefined && { among: text(values, 'among').split(',') }) };
  return {
    method: text(values, 'method'),
    ...(values.params !== undefined && { params: numbersOf(values, 'params', '{"alpha":0.8}') }),
  };
}
