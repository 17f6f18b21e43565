/** The tiers of a workspace: as they are, cut anew by another policy, or judged. */
import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type Compute, literal, type Workspace, writeParquet } from '#engines/index.ts';
import { known, placed } from '#errors.ts';
import { openLake } from '#events/index.ts';
import { readFacts, shopFeatures, writeTierModel } from '#loop/index.ts';
import {
  type Comparison,
  compared,
  makeTiers,
  type Policy,
  parsePolicy,
  readHistory,
  type TierReport,
} from '#tiers/index.ts';
import type { Command, Context, Values } from '../command.ts';
import { tierLines } from '../tier-lines.ts';
import { filledWorkspace, readingRun, seedOf, text, withCompute, withWorkspace } from '../values.ts';
import { whatIfLines } from '../what-if-lines.ts';

interface Judged {
  readonly metrics: TierReport['evaluation'];
  readonly stability?: TierReport['stability'];
}

export const tiers: Command = {
  name: 'tiers',
  about:
    'assign tiers, show moves; `tiers evaluate` judges them on a later period beside baselines, or another policy on the past',
  words: '[evaluate]',
  options: {
    workspace: { type: 'text', value: 'DIR', about: 'a workspace that `run` has filled', required: true },
    policy: {
      type: 'text',
      value: 'FILE',
      about:
        'a tier policy (YAML or JSON) to cut by; the workspace keeps the result, or with evaluate: what it would have done',
    },
  },
  run: async (values, words, context) => {
    if (words.length > 1 || (words[0] !== undefined && words[0] !== 'evaluate'))
      throw known('USAGE', { what: `\`tiers ${words.join(' ')}\``, expected: '`tiers` or `tiers evaluate`' });
    const dir = text(values, 'workspace');
    const workspace = filledWorkspace(dir);
    if (words[0] === 'evaluate' && values.policy !== undefined)
      return tried(values, context, workspace, readPolicy(text(values, 'policy')));
    const report =
      values.policy === undefined
        ? stored(workspace.path('reports', 'tiers.json'))
        : await readingRun(workspace.dir, () => cutAnew(values, context, dir, readPolicy(text(values, 'policy'))));
    if (words[0] === 'evaluate') return { metrics: report.evaluation, stability: report.stability };
    const moves = await readingRun(workspace.dir, () =>
      withCompute(values, context, (compute) => movesOf(compute, workspace.path('state', 'tier_moves.parquet'))),
    );
    return {
      tiers: report.tiers.map(({ tier, customers, valueMinor }) => ({ tier, customers, value: valueMinor })),
      moves,
      metrics: report.evaluation,
      policy: report.policy,
    };
  },
  show: (result: ({ tiers?: unknown } & Judged) | Comparison) => {
    if ('proposed' in result) return whatIfLines(result);
    return result.tiers === undefined ? tierLines(result.metrics, result.stability) : JSON.stringify(result, null, 2);
  },
};

/** The policy beside the one in force, on the values that the run stored; the workspace stays as it is. */
async function tried(
  values: Values,
  context: Context,
  workspace: Pick<Workspace, 'dir' | 'path'>,
  policy: Policy,
): Promise<object> {
  const inForce = stored(workspace.path('reports', 'tiers.json')).policy;
  const file = workspace.path('state', 'tier_history.parquet');
  const history = await readingRun(workspace.dir, () =>
    withCompute(values, context, async (compute) => {
      await compute.run(`create or replace view tier_history as from read_parquet(${literal(file)})`);
      return readHistory(compute, 'tier_history');
    }),
  );
  return { ...compared(history, policy, parsePolicy(inForce)) };
}

function stored(file: string): TierReport {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as TierReport;
  } catch (cause) {
    throw known('WORKSPACE_BROKEN', { file, reason: (cause as Error).message }, cause);
  }
}

function readPolicy(file: string): Policy {
  if (!existsSync(file)) throw known('FILE_UNREADABLE', { file, reason: 'there is no such file' });
  if (statSync(file).isDirectory()) throw known('FILE_UNREADABLE', { file, reason: 'it is a folder' });
  let read: unknown;
  try {
    read = parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw known('FILE_UNREADABLE', { file, reason: (cause as Error).message.split('\n')[0] ?? '' }, cause);
  }
  try {
    return parsePolicy(read);
  } catch (error) {
    throw placed(file, error);
  }
}

/** How many moved from which tier to which, over the kept history. */
const movesOf = (compute: Compute, file: string) =>
  compute.rows(
    `select from_tier as "from", to_tier as "to", count(*) as customers from read_parquet(${literal(file)}) group by all order by all`,
  );

function cutAnew(values: Values, context: Context, dir: string, policy: Policy): Promise<TierReport> {
  return withWorkspace(dir, (workspace) => {
    const cut = async (compute: Compute): Promise<TierReport> => {
      context.progress.stage('tiers');
      const { shop, asOf, horizonDays } = readFacts(workspace.dir);
      await openLake(compute, workspace.path('lake'));
      const { definitions, makeAt } = await shopFeatures(compute, { asOf, horizonDays, timeZone: shop.timeZone });
      const report = await makeTiers(compute, {
        asOf,
        timeZone: shop.timeZone,
        shop,
        policy,
        horizonDays,
        seed: seedOf(values),
        words: definitions,
        features: makeAt,
        progress: (share) => context.progress.step(Math.round(share * 100), 100, '%'),
      });
      await keep(compute, workspace, report, { asOf, seed: seedOf(values) });
      return report;
    };
    return withCompute(values, context, cut, workspace);
  });
}

async function keep(
  compute: Compute,
  workspace: Workspace,
  report: TierReport,
  moment: { asOf: number; seed: number },
): Promise<void> {
  const stage = workspace.stage();
  try {
    for (const part of ['state', 'reports'])
      for (const file of readdirSync(workspace.path(part)))
        copyFileSync(workspace.path(part, file), stage.path(part, file));
    for (const name of ['customer_tiers', 'tier_history', 'tier_moves'])
      await writeParquet(compute, `from ${name}`, stage.path('state', `${name}.parquet`));
    writeFileSync(stage.path('reports', 'tiers.json'), JSON.stringify(report));
    if (existsSync(workspace.path('models', 'value')))
      cpSync(workspace.path('models', 'value'), stage.path('models', 'value'), { recursive: true });
    writeTierModel(stage, report, moment);
    stage.commit();
  } catch (error) {
    stage.discard();
    throw error;
  }
}
