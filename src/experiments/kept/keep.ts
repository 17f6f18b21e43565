/** The life of experiments: planned, started, stopped, decided; and which arm a customer gets meanwhile. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { known } from '#errors.ts';
import { armOf, slotOf } from '../assign.ts';
import { listExperiments, readExperimentDocument, writeExperimentDocument } from './documents.ts';
import {
  type Act,
  changed,
  checkedPlan,
  type DecisionSchema,
  type Experiment,
  type ExperimentPlan,
} from './experiment.ts';
import { type Exposure, type Exposures, openExposures } from './exposures.ts';
import { isHeldOut, readHoldout } from './holdout.ts';
import { freeSlot, placeIn } from './layers.ts';

export interface Keeper {
  list(): Experiment[];
  /** @throws EXPERIMENT_UNKNOWN */
  get(id: string): Experiment;
  create(plan: ExperimentPlan, act: Act): Experiment;
  /**
   * Each change names the revision that it saw.
   *
   * @throws EXPERIMENT_CHANGED where another change came first, EXPERIMENT_STATE where the status does not allow it
   */
  edit(id: string, plan: ExperimentPlan, revision: number, act: Act): Experiment;
  start(id: string, revision: number, act: Act): Experiment;
  stop(id: string, revision: number, act: Act): Experiment;
  decide(
    id: string,
    decision: z.infer<typeof DecisionSchema>,
    revision: number,
    act: Act & { asMeasured: string },
  ): Experiment;
  /** The arm of a unit now; recorded as its first exposure where `expose`. */
  arm(id: string, unit: string, given: { readonly at: number; readonly expose: boolean }): Assigned;
  readonly exposures: Exposures;
  close(): void;
}

export const WHY_NO_ARM = ['not-running', 'global-holdout', 'other-layer', 'no-part'] as const;

export interface Assigned {
  readonly experimentId: string;
  readonly unit: string;
  /** Null: takes no part, and `why`. */
  readonly arm: string | null;
  readonly why: (typeof WHY_NO_ARM)[number] | null;
  /** decided: everybody gets the arm that was shipped. */
  readonly source: 'draw' | 'recorded' | 'decided' | null;
  /** The first exposure; null where none was recorded. */
  readonly exposedAt: number | null;
}

/** Keeps experiments in a workspace. Changes of several processes come one after another. */
export function openKeeper(dir: string): Keeper {
  const exposures = openExposures(dir);
  const change = (id: string, revision: number, make: (before: Experiment) => Experiment): Experiment =>
    exposures.alone(() => {
      const before = readExperimentDocument(dir, id);
      if (before.revision !== revision) throw known('EXPERIMENT_CHANGED', { id, saw: revision, now: before.revision });
      const after = make(before);
      writeExperimentDocument(dir, after);
      return after;
    });
  return {
    list: () => listExperiments(dir),
    get: (id) => readExperimentDocument(dir, id),
    create: (plan, act) => exposures.alone(() => created(dir, checkedPlan(plan), act)),
    edit: (id, plan, revision, act) =>
      change(id, revision, (before) => changed(before, 'edited', act, { plan: checkedPlan(plan) })),
    start: (id, revision, act) =>
      change(id, revision, (before) => {
        const running = listExperiments(dir).filter(({ status }) => status === 'running');
        const { layer } = before.plan;
        const slot = layer === undefined ? null : freeSlot(layer, running);
        return changed(before, 'started', act, { status: 'running', startedAt: act.at, slot });
      }),
    stop: (id, revision, act) =>
      change(id, revision, (before) =>
        changed(before, 'stopped', act, { status: 'stopped', endedAt: Math.max(act.at, before.startedAt ?? 0) }),
      ),
    decide: (id, decision, revision, { asMeasured, ...act }) =>
      change(id, revision, (before) => decided(before, decision, act, asMeasured)),
    arm: (id, unit, given) => assigned(dir, readExperimentDocument(dir, id), unit, given, exposures),
    exposures,
    close: () => exposures.close(),
  };
}

function created(dir: string, plan: ExperimentPlan, { actor, at, note = '' }: Act): Experiment {
  const words = plan.name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 40);
  const hash = createHash('sha256')
    .update(`${at} ${actor} ${JSON.stringify(plan)}`)
    .digest('hex');
  const id = `${words === '' ? 'experiment' : words}-${hash.slice(0, 8)}`;
  // the same request in the same millisecond is the same experiment
  const found = listExperiments(dir).find((own) => own.id === id);
  if (found !== undefined) return found;
  const experiment: Experiment = {
    ...{ id, revision: 1, owner: actor, salt: `experiment ${id}`, status: 'draft', plan, slot: null },
    ...{ createdAt: at, startedAt: null, endedAt: null, decision: null },
    log: [{ at, actor, action: 'created', note }],
  };
  writeExperimentDocument(dir, experiment);
  return experiment;
}

function decided(
  before: Experiment,
  { verdict, arm, note }: z.infer<typeof DecisionSchema>,
  act: Act,
  asMeasured: string,
): Experiment {
  const names = before.plan.arms.map(({ name }) => name);
  if (verdict === 'ship' && (arm === undefined || !names.includes(arm)))
    throw known('EXPERIMENT_BAD', {
      what: `a decision to ship ${arm ?? 'no arm'}`,
      expected: `one of ${names.join(', ')}`,
    });
  if (verdict === 'ship' && asMeasured === 'blocked')
    throw known('EXPERIMENT_BAD', {
      what: 'a result that must not be read',
      expected: 'a verdict other than blocked before an arm is shipped; it may be stopped',
    });
  return changed(
    before,
    'decided',
    { ...act, note: note === '' ? (act.note ?? '') : note },
    {
      status: 'decided',
      endedAt: before.endedAt ?? Math.max(act.at, before.startedAt ?? 0),
      decision: { verdict, ...(verdict === 'ship' ? { arm } : {}), note, actor: act.actor, at: act.at, asMeasured },
    },
  );
}

function assigned(
  dir: string,
  experiment: Experiment,
  unit: string,
  { at, expose }: { readonly at: number; readonly expose: boolean },
  exposures: Exposures,
): Assigned {
  const { id, status, plan, salt, slot, decision } = experiment;
  const common = { experimentId: id, unit };
  const none = (why: Assigned['why']): Assigned => ({ ...common, arm: null, why, source: null, exposedAt: null });
  if (decision?.verdict === 'ship')
    return { ...common, arm: decision.arm!, why: null, source: 'decided', exposedAt: null };
  if (status !== 'running') return none('not-running');
  if (plan.unit === 'customer') {
    const holdout = readHoldout(dir);
    if (holdout !== undefined && isHeldOut(holdout, unit)) return none('global-holdout');
  }
  if (slot !== null) {
    const place = placeIn(plan.layer!.name, unit);
    if (place < slot.from || place >= slot.to) return none('other-layer');
  }
  const key = plan.unit === 'switchback' ? slotOf(unit, at, plan.slotMinutes! * 60_000) : unit;
  const recorded = exposures.first(id, key);
  if (recorded !== undefined)
    return { ...common, arm: recorded.arm, why: null, source: 'recorded', exposedAt: recorded.at };
  const arm = armOf({ salt, arms: plan.arms }, key);
  if (arm === undefined) return none('no-part');
  if (!expose) return { ...common, arm, why: null, source: 'draw', exposedAt: null };
  const stands: Exposure = exposures.record(id, { unit: key, arm, at });
  return { ...common, arm: stands.arm, why: null, source: 'recorded', exposedAt: stands.at };
}
