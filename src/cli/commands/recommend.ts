/** Fits and judges a recommender on an analyst's own interaction table. */

import { known } from '#errors.ts';
import { METHOD_NAMES, recommendTables } from '#recommend/index.ts';
import { withAnalystFiles } from '../analyst-file.ts';
import type { Command } from '../command.ts';
import { given, peakRssMb, seedOf, text, withCompute } from '../values.ts';
import { formatOf, writeTable } from '../write.ts';

export const recommend: Command = {
  name: 'recommend',
  about: 'fit and judge a recommender on an interaction table, ranking the whole catalogue',
  options: {
    train: { type: 'text', value: 'FILE', about: 'one row an interaction', required: true },
    test: { type: 'text', value: 'FILE', about: 'the later interactions to find', required: true },
    user: { type: 'text', value: 'COL', about: 'column of the user', required: true },
    item: { type: 'text', value: 'COL', about: 'column of the item', required: true },
    time: { type: 'text', value: 'COL', about: 'column of the time' },
    weight: { type: 'text', value: 'COL', about: 'column of a weight above zero' },
    method: {
      type: 'text',
      value: 'NAME',
      about: `${METHOD_NAMES.join(', ')}, or best: chosen on a part of the training file (default best)`,
    },
    params: { type: 'text', value: 'JSON', about: 'parameters of the method' },
    k: { type: 'number', value: 'N', about: 'length of the list (default 20)' },
    'keep-seen': { type: 'flag', about: 'items of the training file may be recommended again' },
    out: { type: 'text', value: 'FILE', about: 'write the lists (.parquet, .csv, .jsonl)' },
  },
  run: (values, words, context) => {
    if (words.length > 0)
      throw known('USAGE', {
        what: `\`recommend ${words[0]}\``,
        expected: '`recommend --train FILE --test FILE --user COL --item COL`',
      });
    if (values.params !== undefined && (values.method ?? 'best') === 'best')
      throw known('USAGE', {
        what: '--params with --method best, which chooses them',
        expected: `a --method of ${METHOD_NAMES.join(', ')}`,
      });
    const files = [text(values, 'train'), text(values, 'test')] as const;
    const out = values.out === undefined ? undefined : text(values, 'out');
    if (out !== undefined) formatOf(out);
    return withCompute(values, context, async (compute) => {
      const { report, lists } = await withAnalystFiles(files, ([train = files[0], test = files[1]]) =>
        recommendTables(compute, {
          train,
          test,
          user: text(values, 'user'),
          item: text(values, 'item'),
          ...given(values, 'time'),
          ...given(values, 'weight'),
          method: text({ method: 'best', ...values }, 'method'),
          ...(values.params === undefined ? {} : { params: paramsOf(text(values, 'params')) }),
          k: values.k === undefined ? 20 : Number(values.k),
          keepSeen: values['keep-seen'] === true,
          seed: seedOf(values),
          meter: { nowMs: () => performance.now(), peakRssMb },
        }),
      );
      if (out !== undefined) await writeTable(compute, lists(), out, ['rank']);
      return report;
    });
  },
};

function paramsOf(json: string): Record<string, number> {
  try {
    const parsed: unknown = JSON.parse(json);
    if (
      typeof parsed === 'object' &&
      parsed !== null &&
      Object.values(parsed).every((value) => typeof value === 'number')
    )
      return parsed as Record<string, number>;
  } catch {
    // falls through to the message below
  }
  throw known('USAGE', { what: `--params is ${json}`, expected: 'a JSON object of numbers such as {"alpha":0.8}' });
}
