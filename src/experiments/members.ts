/** What an experiment's results are made from: who was in which arm and what they did. */
import type { Table } from '#table/index.ts';
import type { MetricSpec } from './metric-spec.ts';
import type { Timeline } from './over-time.ts';

/** Names of columns, apart from those that have a meaning of their own (arm, cluster, weight). */
export const metricColumn = (name: string): string => `m.${name}`;
export const covariateColumn = (name: string): string => `x.${name}`;
export const sliceColumn = (name: string): string => `by.${name}`;

export interface Members {
  /** A row a member: arm, cluster and weight where there are any, and `m.`, `x.`, `by.` columns. */
  readonly data: Table;
  /** A row an observation, members as clusters: for quantiles and answers, which are not added up. */
  readonly observations?: Table;
  /** The primary metric piece by piece. */
  readonly timeline?: Timeline;
  readonly rows: {
    readonly read: number;
    /** Left out: without an arm (or unit); metrics that are no number. */
    readonly withoutArm: number;
    readonly notNumbers: number;
    /** Left out of the days alone: times that cannot be read. */
    readonly withoutTime?: number;
    /** Left out of a switchback: in the burn-in after a switch, or without place or time. */
    readonly burntIn?: number;
  };
  /** Units that were seen in more than one arm; they are left out, since nobody can say what they were given. */
  readonly contaminated: number;
}

/** The table of members or of observations that a metric is read from. */
export const tableFor = ({ data, observations }: Members, { quantile, answer }: MetricSpec): Table =>
  observations !== undefined && (quantile !== undefined || answer !== undefined) ? observations : data;
