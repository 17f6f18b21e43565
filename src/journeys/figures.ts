/** What became of the people of a journey: counts on nodes and edges, the way to the goal, where they were lost. */
import { effectOf, fixedTest, statisticOf } from '#experiments/index.ts';
import { edgesOf } from './journey.ts';
import type { Journey } from './saved.ts';
import type { JourneyStore } from './store.ts';

export interface JourneyFigures {
  readonly version: number;
  /** Passages, without those held out. */
  readonly entered: number;
  readonly inside: number;
  readonly ended: number;
  readonly heldOut: number;
  /** Whose entry the other event called off. */
  readonly averted: number;
  readonly pending: number;
  readonly nodes: readonly { readonly node: string; readonly reached: number; readonly here: number }[];
  readonly edges: readonly {
    readonly from: string;
    readonly way: string;
    readonly to: string;
    readonly passes: number;
  }[];
  /** Goal within its days, by customer: of those who went through it and of those held out. */
  readonly goal: Goal | null;
  /** Where people are or left without the goal, most first. */
  readonly lost: readonly { readonly node: string; readonly why: string; readonly people: number }[];
}

export interface Goal {
  readonly treated: Reached;
  readonly heldOut: Reached;
  /** Difference of the rates with a 95 % interval; null where there are too few of one kind, or none reached it. */
  readonly difference: { readonly estimate: number; readonly low: number; readonly high: number } | null;
}
interface Reached {
  readonly customers: number;
  readonly reached: number;
  /** null: nobody entered. */
  readonly rate: number | null;
}

/** Figures of a version; default the last. Undefined for a journey that was never started. */
export function figuresOf(
  store: JourneyStore,
  journey: Journey,
  version = journey.versions.length,
): JourneyFigures | undefined {
  const own = journey.versions.find((each) => each.version === version);
  if (own === undefined) return undefined;
  const { db } = store;
  const states = new Map(
    db
      .rows<{ state: string; n: number }>(
        'select state, count(*) as n from runs where journey = ? and version = ? group by 1',
        journey.id,
        version,
      )
      .map(({ state, n }) => [state, n]),
  );
  const passes = db.rows<{ node: string; way: string; to_node: string; passes: number }>(
    'select node, way, to_node, passes from passes where journey = ? and version = ?',
    journey.id,
    version,
  );
  const here = new Map(
    db
      .rows<{ node: string; n: number }>(
        `select node, count(*) as n from runs where journey = ? and version = ? and state = 'waiting' group by 1`,
        journey.id,
        version,
      )
      .map(({ node, n }) => [node, n]),
  );
  const entered = (states.get('waiting') ?? 0) + (states.get('ended') ?? 0);
  const { nodes, holdoutShare } = own.definition;
  const hasGoal = nodes.some(({ kind }) => kind === 'goal');
  const [averted] = db.rows<{ people: number }>(
    'select people from averted where journey = ? and version = ?',
    journey.id,
    version,
  );
  return {
    ...{ version, entered, inside: states.get('waiting') ?? 0, ended: states.get('ended') ?? 0 },
    ...{ heldOut: states.get('held-out') ?? 0, pending: states.get('pending') ?? 0, averted: averted?.people ?? 0 },
    nodes: nodes.map(({ id, kind }) => ({
      node: id,
      reached:
        kind === 'entry' ? entered : passes.reduce((sum, each) => sum + (each.to_node === id ? each.passes : 0), 0),
      here: here.get(id) ?? 0,
    })),
    edges: nodes.flatMap(edgesOf).map((edge) => ({
      ...edge,
      passes:
        passes.find(({ node, way, to_node: to }) => node === edge.from && way === edge.way && to === edge.to)?.passes ??
        0,
    })),
    goal: hasGoal ? goalOf(store, journey.id, version, holdoutShare) : null,
    lost: db.rows(
      `select node, case state when 'waiting' then 'waiting' else coalesce(ended_by, 'ended') end as why, count(*) as people
       from runs where journey = ? and version = ? and state in ('waiting', 'ended') and goal_at is null
       group by 1, 2 order by 3 desc, 1, 2`,
      journey.id,
      version,
    ),
  };
}

function goalOf({ db }: JourneyStore, id: string, version: number, share: number): Goal {
  const rows = db.rows<{ held: number; customers: number; reached: number }>(
    `select held, count(*) as customers, sum(reached) as reached from (
       select state = 'held-out' as held, customer, max(goal_at is not null) as reached from runs
       where journey = ? and version = ? and state <> 'pending' group by 1, 2) group by 1`,
    id,
    version,
  );
  const of = (held: number): Reached => {
    const { customers = 0, reached = 0 } = rows.find((row) => row.held === held) ?? {};
    return { customers, reached, rate: customers === 0 ? null : reached / customers };
  };
  const [treated, heldOut] = [of(0), of(1)];
  return { treated, heldOut, difference: share === 0 ? null : differenceOf(treated, heldOut) };
}

function differenceOf(treated: Reached, heldOut: Reached): Goal['difference'] {
  const statistic = ({ customers: n, reached }: Reached) =>
    statisticOf({ n, sum: reached, squares: reached }, { binary: true });
  if (treated.customers < 2 || heldOut.customers < 2) return null;
  const effect = effectOf(statistic(heldOut), statistic(treated), { scale: 'absolute' });
  if (typeof effect === 'string') return null;
  const { low, high } = fixedTest(effect);
  return { estimate: effect.estimate, low, high };
}
