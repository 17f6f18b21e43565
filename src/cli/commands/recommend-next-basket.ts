/** Fits and judges a recommender of the next basket on an analyst's own baskets. */

import { availableParallelism } from 'node:os';
import { known } from '#errors.ts';
import { METHOD_NAMES, nextBasketTables } from '#recommend/index.ts';
import { withAnalystFiles } from '../analyst-file.ts';
import type { Command } from '../command.ts';
import { numbersOf, peakRssMb, seedOf, text, withCompute } from '../values.ts';
import { formatOf, writeTable } from '../write.ts';

export const recommendNextBasket: Command = {
  name: 'recommend next-basket',
  about: 'fit and judge a recommender of the next basket; the last basket of each user is to be found',
  options: {
    baskets: { type: 'text', value: 'FILE', about: 'one row a product in a basket', required: true },
    user: { type: 'text', value: 'COL', about: 'column of the user', required: true },
    item: { type: 'text', value: 'COL', about: 'column of the item', required: true },
    basket: { type: 'text', value: 'COL', about: 'column of the basket', required: true },
    time: { type: 'text', value: 'COL', about: 'column of the time of the basket', required: true },
    method: {
      type: 'text',
      value: 'NAME',
      about: `${METHOD_NAMES.join(', ')}, or best: chosen on the basket before the last (default best)`,
    },
    params: { type: 'text', value: 'JSON', about: 'parameters of the method' },
    k: { type: 'number', value: 'N', about: 'length of the list (default 10)' },
    out: { type: 'text', value: 'FILE', about: 'write the lists (.parquet, .csv, .jsonl)' },
  },
  run: (values, _words, context) => {
    const isBest = (values.method ?? 'best') === 'best';
    if (values.params !== undefined && isBest)
      throw known('USAGE', {
        what: '--params with --method best, which chooses them',
        expected: `a --method of ${METHOD_NAMES.join(', ')}`,
      });
    const file = text(values, 'baskets');
    const out = values.out === undefined ? undefined : text(values, 'out');
    if (out !== undefined) formatOf(out);
    return withCompute(values, context, async (compute) => {
      const { report, lists } = await withAnalystFiles([file], ([baskets = file]) =>
        nextBasketTables(compute, {
          baskets,
          user: text(values, 'user'),
          item: text(values, 'item'),
          basket: text(values, 'basket'),
          time: text(values, 'time'),
          method: isBest ? 'best' : text(values, 'method'),
          ...(values.params === undefined ? {} : { params: numbersOf(values, 'params', '{"k":300}') }),
          k: values.k === undefined ? 10 : Number(values.k),
          seed: seedOf(values),
          threads: typeof values.threads === 'number' ? values.threads : availableParallelism(),
          meter: { nowMs: () => performance.now(), peakRssMb },
        }),
      );
      if (out !== undefined) await writeTable(compute, lists(), out, ['rank']);
      return report;
    });
  },
};
