/** The whole loop once over a shop's files. */
import type { Compute } from '#engines/index.ts';
import { type Found, findMapping } from '#events/index.ts';
import { fingerprintOf, type RunReport, runLoop } from '#loop/index.ts';
import type { Command, Context, Values } from '../command.ts';
import { given, momentOf, peakRssMb, seedOf, text, withCompute, withWorkspace } from '../values.ts';

export const run: Command = {
  name: 'run',
  about: 'the whole loop once: import, clean, features, profiles, value, tiers, recommendations, plan, report',
  options: {
    workspace: { type: 'text', value: 'DIR', about: 'where everything that is made is kept', required: true },
    data: {
      type: 'text',
      value: 'NAME_OR_DIR',
      about: 'a folder with the files and a tierwise.yaml, or the name of a shipped mapping',
      required: true,
    },
    map: { type: 'text', value: 'FILE', about: 'a mapping file, in place of the one found by --data' },
    'as-of': {
      type: 'text',
      value: 'DATE',
      about: "end of this day in the shop's zone, or this moment (default: the day of the last order)",
    },
  },
  run: (values, _words, context) =>
    loopOn(values, context, text(values, 'workspace'), findMapping(text(values, 'data'), given(values, 'map'))),
  show: (report: RunReport) => summary(report),
};

/** Runs the loop on what was found, into the workspace at `dir`, by the options that `run` and `start` share. */
export function loopOn(values: Values, context: Context, dir: string, found: Found): Promise<RunReport> {
  const asOf = momentOf(values, 'as-of', found.mapping.shop.timeZone);
  return withWorkspace(dir, (workspace) => {
    const loop = (compute: Compute): Promise<RunReport> =>
      runLoop({
        compute,
        workspace,
        ...found,
        ...(asOf === undefined ? {} : { asOf }),
        seed: seedOf(values),
        now: context.now,
        watch: context.progress,
        fingerprint: fingerprintFor(values, context, found),
        peakRssMb,
      });
    return withCompute(values, context, loop, workspace);
  });
}

/** What a run by these options is made from, see `fingerprintOf`. */
export const fingerprintFor = (values: Values, context: Context, found: Found): string =>
  fingerprintOf([context.version, momentOf(values, 'as-of', found.mapping.shop.timeZone), seedOf(values)], found);

type SummaryOf = Pick<
  RunReport,
  'rows' | 'seconds' | 'peakRssMb' | 'tiers' | 'customers' | 'products' | 'currency' | 'currencyDigits'
>;

/** What a person wants to read after a run. */
export function summary(report: SummaryOf): string {
  const { rows, seconds, peakRssMb: peak, tiers, customers, products, currency, currencyDigits } = report;
  const number = new Intl.NumberFormat('en');
  const money = new Intl.NumberFormat('en', { style: 'currency', currency, maximumFractionDigits: 0 });
  return [
    `${number.format(rows.read)} rows read = ${number.format(rows.kept)} kept + ${number.format(rows.repaired)} repaired + ${number.format(rows.quarantined)} quarantined`,
    `${number.format(customers)} customers, ${number.format(products)} products, in ${seconds.total?.toFixed(1)} s, at most ${Math.round(peak)} MB`,
    '',
    ...[...tiers]
      .reverse()
      .map(
        ({ tier, customers: count, value }) =>
          `  ${tier.padEnd(12)} ${number.format(count).padStart(10)} customers   expected margin ${money.format(value / 10 ** currencyDigits).padStart(14)}`,
      ),
  ].join('\n');
}
