/**
 * Reads the metrics out of a report. Reports grow with the models behind them, so the console looks for their form
 * (a method with its metrics, a metric with its spread) instead of fixed places, and shows the rest as it is.
 */
export interface Measured {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Standard deviation over folds or seeds. */
  readonly deviation: number | null;
}

export interface MetricRow {
  readonly name: string;
  /** Names of the nodes on the way to this one, from the outside in. */
  readonly path: readonly string[];
  readonly metrics: ReadonlyMap<string, Measured>;
}

type Node = Readonly<Record<string, unknown>>;

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const numberIn = (node: unknown, ...names: readonly string[]): number | null => {
  if (!isNode(node)) return null;
  for (const name of names) if (typeof node[name] === 'number') return node[name];
  return null;
};

export const textIn = (node: unknown, ...names: readonly string[]): string | null => {
  if (!isNode(node)) return null;
  for (const name of names) if (typeof node[name] === 'string') return node[name];
  return null;
};

/** A pair [low, high], or an object with low and high. */
export function intervalIn(value: unknown): readonly [number, number] | null {
  if (Array.isArray(value)) {
    const [low, high] = value as unknown[];
    return value.length === 2 && typeof low === 'number' && typeof high === 'number' ? [low, high] : null;
  }
  const low = numberIn(value, 'low', 'lowMinor', 'lower');
  const high = numberIn(value, 'high', 'highMinor', 'upper');
  return low === null || high === null ? null : [low, high];
}

const MEAN = ['mean', 'value', 'estimate'] as const;
const DEVIATION = ['sd', 'deviation', 'spread', 'std'] as const;

function measuredIn(value: unknown, interval: unknown, deviation: unknown): Measured | null {
  const mean = typeof value === 'number' ? value : numberIn(value, ...MEAN);
  if (mean === null) return null;
  const pair = intervalIn(value) ?? intervalIn(isNode(value) ? value.interval : undefined) ?? intervalIn(interval);
  const own = typeof deviation === 'number' ? deviation : numberIn(value, ...DEVIATION);
  return { value: mean, low: pair?.[0] ?? null, high: pair?.[1] ?? null, deviation: own };
}

function rowIn(path: readonly string[], node: Node): MetricRow | null {
  const { metrics } = node;
  if (!isNode(metrics)) return null;
  const beside = (names: readonly string[], metric: string) => {
    for (const each of names) if (isNode(node[each])) return node[each][metric];
    return undefined;
  };
  const found = new Map<string, Measured>();
  for (const [metric, value] of Object.entries(metrics)) {
    const measured = measuredIn(value, beside(['intervals', 'interval'], metric), beside([...DEVIATION], metric));
    if (measured !== null) found.set(metric, measured);
  }
  if (found.size === 0) return null;
  return { name: textIn(node, 'name', 'method', 'learner') ?? path.at(-1) ?? '', path, metrics: found };
}

/** Every method with metrics in a report, in the order in which they stand there, the report's own first. */
export function metricRows(report: unknown, path: readonly string[] = []): readonly MetricRow[] {
  if (Array.isArray(report)) return report.flatMap((each: unknown) => metricRows(each, path));
  if (!isNode(report)) return [];
  const own = rowIn(path, report);
  const inner = Object.entries(report)
    .filter(([key]) => key !== 'metrics' && key !== 'folds')
    .flatMap(([key, value]) => metricRows(value, [...path, key]));
  return own === null ? inner : [own, ...inner];
}
