/** Fits and judges a recommender of the next item on an analyst's own histories or sessions. */

import { availableParallelism } from 'node:os';
import { known } from '#errors.ts';
import { nextItemTables, SEQUENCE_METHOD_NAMES } from '#recommend/index.ts';
import { withAnalystFiles } from '../analyst-file.ts';
import type { Command, Values } from '../command.ts';
import { numbersOf, peakRssMb, seedOf, text, withCompute } from '../values.ts';
import { formatOf, writeTable } from '../write.ts';

export const recommendNextItem: Command = {
  name: 'recommend next-item',
  about: 'fit and judge a recommender of the next item on ordered histories or sessions',
  options: {
    sequences: { type: 'text', value: 'FILE', about: 'one row a step', required: true },
    user: { type: 'text', value: 'COL', about: 'column of the user or session', required: true },
    item: { type: 'text', value: 'COL', about: 'column of the item', required: true },
    time: { type: 'text', value: 'COL', about: 'column of the time of the step' },
    position: { type: 'text', value: 'COL', about: 'column of the place of the step; either this or --time' },
    test: {
      type: 'text',
      value: 'FILE',
      about: 'histories whose last step is to be found (default: the last step of each history of --sequences)',
    },
    attributes: { type: 'text', value: 'FILE', about: 'the item column, and columns that say what the item is' },
    method: {
      type: 'text',
      value: 'NAME',
      about: `${SEQUENCE_METHOD_NAMES.join(', ')}, or best: chosen on the last steps that are learned from (default best)`,
    },
    params: { type: 'text', value: 'JSON', about: 'parameters of the method' },
    k: { type: 'number', value: 'N', about: 'length of the list (default 10)' },
    'keep-seen': { type: 'flag', about: 'items of the history may be recommended again' },
    out: { type: 'text', value: 'FILE', about: 'write the lists (.parquet, .csv, .jsonl)' },
  },
  run: (values, _words, context) => {
    const order = orderOf(values);
    const best = (values.method ?? 'best') === 'best';
    if (values.params !== undefined && best)
      throw known('USAGE', {
        what: '--params with --method best, which chooses them',
        expected: `a --method of ${SEQUENCE_METHOD_NAMES.join(', ')}`,
      });
    const named = (['sequences', 'test', 'attributes'] as const).filter((name) => values[name] !== undefined);
    const out = values.out === undefined ? undefined : text(values, 'out');
    if (out !== undefined) formatOf(out);
    return withCompute(values, context, async (compute) => {
      const { report, lists } = await withAnalystFiles(
        named.map((name) => text(values, name)),
        (paths) => {
          const path = Object.fromEntries(named.map((name, i) => [name, paths[i]!]));
          return nextItemTables(compute, {
            sequences: path.sequences!,
            ...(path.test === undefined ? {} : { test: path.test }),
            ...(path.attributes === undefined ? {} : { attributes: path.attributes }),
            user: text(values, 'user'),
            item: text(values, 'item'),
            order,
            method: best ? 'best' : text(values, 'method'),
            ...(values.params === undefined ? {} : { params: numbersOf(values, 'params', '{"epochs":20}') }),
            k: values.k === undefined ? 10 : Number(values.k),
            keepSeen: values['keep-seen'] === true,
            seed: seedOf(values),
            threads: typeof values.threads === 'number' ? values.threads : availableParallelism(),
            meter: { nowMs: () => performance.now(), peakRssMb },
          });
        },
      );
      if (out !== undefined) await writeTable(compute, lists(), out, ['rank']);
      return report;
    });
  },
};

/** @throws USAGE unless just one of --time and --position is given */
function orderOf(values: Values): string {
  const given = (['time', 'position'] as const).filter((name) => values[name] !== undefined);
  if (given.length !== 1)
    throw known('USAGE', {
      what:
        given.length === 0 ? '`recommend next-item` has no column that orders the steps' : 'both --time and --position',
      expected: '--time COL or --position COL',
    });
  return text(values, given[0]!);
}
