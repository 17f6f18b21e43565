/** Answers of the experiments' endpoints, as the pages use them. */
import type { Both } from '../../i18n/index.tsx';

export type Status = 'draft' | 'running' | 'stopped' | 'decided';
type Range = readonly [number, number] | null;

export interface ExperimentRow {
  readonly id: string;
  readonly source: 'kept' | 'campaign';
  readonly name: string;
  readonly status: Status;
  readonly owner: string | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly days: number | null;
  readonly members: number;
  /** Of them, those whose time lies within the data of the last run. */
  readonly measured: number;
  readonly arms: readonly { readonly name: string; readonly members: number; readonly share: number | null }[];
  readonly primaryMetric: string;
}

export interface Outcome extends Both {
  readonly key: string;
  readonly available: boolean;
}

export interface ExperimentList {
  readonly rows: readonly ExperimentRow[];
  readonly outcomes: readonly Outcome[];
  readonly covariates: readonly string[];
  readonly slices: readonly string[];
  readonly surveys: boolean;
}

export interface Plan {
  readonly name: string;
  readonly hypothesis: string;
  readonly arms: readonly { readonly name: string; readonly share: number }[];
  readonly unit: string;
  readonly metrics: readonly string[];
  readonly guardrails: readonly string[];
  readonly covariates: readonly string[];
  readonly by: readonly string[];
  readonly alpha: number;
  readonly sequential: boolean;
  readonly windowDays: number;
  readonly plannedMembers?: number;
  readonly layer?: { readonly name: string; readonly share: number };
}

export interface Kept {
  readonly id: string;
  readonly revision: number;
  readonly owner: string;
  readonly status: Status;
  readonly plan: Plan;
  readonly decision: {
    readonly verdict: 'ship' | 'stop';
    readonly arm?: string;
    readonly note: string;
    readonly actor: string;
    readonly at: number;
  } | null;
  readonly log: readonly {
    readonly at: number;
    readonly actor: string;
    readonly action: string;
    readonly note: string;
  }[];
}

export interface Detail {
  readonly row: ExperimentRow;
  readonly experiment: Kept | null;
  readonly metrics: readonly string[];
  readonly guardrails: readonly string[];
  readonly covariates: readonly string[];
}

export interface ArmResult {
  readonly arm: string;
  readonly n: number;
  readonly missing: number;
  readonly mean: number;
  readonly lift: number | null;
  readonly interval: Range;
  readonly difference: number | null;
  readonly differenceInterval: Range;
  readonly pValue: number | null;
  readonly chanceToWin: number | null;
  readonly why?: string;
}

export interface Report {
  readonly control: string;
  readonly members: number;
  readonly alpha: number;
  readonly test: 'fixed' | 'sequential';
  readonly covariate: { readonly theta: number; readonly varianceReduction: number } | null;
  readonly winsorized: { readonly at: number; readonly values: number } | null;
  readonly arms: readonly ArmResult[];
  readonly srm: {
    readonly pValue: number;
    readonly ok: boolean;
    readonly expected: readonly number[];
    readonly members: Readonly<Record<string, number>>;
  };
  readonly missing: { readonly share: number; readonly pValue: number; readonly ok: boolean };
  readonly rows: { readonly read: number; readonly withoutTime?: number };
  readonly contaminated: number;
  readonly metrics: readonly {
    readonly name: string;
    readonly covariate: Report['covariate'];
    readonly arms: readonly ArmResult[];
  }[];
  readonly guardrails: readonly {
    readonly name: string;
    readonly harm: 'down' | 'up';
    readonly threshold: number;
    readonly arms: readonly {
      readonly arm: string;
      readonly lift: number | null;
      readonly state: 'harmed' | 'safe' | 'unsure';
      readonly pValue: number | null;
      readonly worst: number | null;
      readonly best: number | null;
    }[];
  }[];
  readonly sliced?: readonly {
    readonly column: string;
    readonly slices: readonly {
      readonly value: string;
      readonly members: number;
      readonly arms: readonly ArmResult[];
    }[];
    readonly interaction: readonly { readonly arm: string; readonly pValue: number | null }[];
  }[];
  readonly overTime?: {
    readonly days: readonly {
      readonly day: number;
      readonly members: number;
      readonly arms: readonly {
        readonly arm: string;
        readonly n: number;
        readonly difference: number | null;
        readonly differenceInterval: Range;
      }[];
    }[];
    readonly novelty:
      | readonly { readonly arm: string; readonly early: number; readonly late: number; readonly pValue: number }[]
      | null;
  };
  readonly verdict: {
    readonly verdict: 'ship' | 'stop' | 'go-on' | 'blocked';
    readonly arm: string | null;
    readonly reasons: readonly (Both & { readonly code: string })[];
  };
  readonly winner: string | null;
}

interface Size {
  readonly control: number;
  readonly treated: number;
  readonly members: number;
  readonly days: number | null;
}

export interface PlanAnswer {
  readonly effect: number;
  readonly relativeEffect: number | null;
  readonly fixed: Size;
  readonly sequential: Size;
  readonly curve: readonly { readonly effect: number; readonly members: number }[];
}

export interface Drift {
  readonly held: number;
  readonly rest: number;
  readonly byTier: readonly { readonly tier: string; readonly held: number; readonly rest: number }[];
  readonly psi: number;
  readonly pValue: number;
  readonly level: 'none' | 'warning';
}

export interface Holdouts {
  readonly global: {
    readonly revision: number;
    readonly share: number;
    readonly since: number | null;
    readonly log: readonly {
      readonly at: number;
      readonly actor: string;
      readonly share: number;
      readonly note: string;
    }[];
    readonly drift: Drift;
    readonly contaminated: number;
  };
  readonly campaigns: readonly {
    readonly campaignId: string;
    readonly name: string;
    readonly share: number | null;
    readonly startedAt: number;
    readonly contaminated: number;
    readonly drift: Drift;
  }[];
}
