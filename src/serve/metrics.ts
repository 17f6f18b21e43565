/** Figures about the server itself in the text format of Prometheus (version 0.0.4). */

/** Upper bounds of the duration buckets, seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10, 30];

interface Series {
  readonly counts: number[];
  sumSeconds: number;
  total: number;
}

export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly kind: 'gauge' | 'counter';
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

export interface Metrics {
  /** Notes one answered request. `route` is the pattern, never the path with its ids. */
  seen(request: { route: string; method: string; status: number; seconds: number }): void;
  /** The page, with `gauges` at its end. */
  text(gauges: readonly Gauge[]): string;
}

export function makeMetrics(): Metrics {
  const requests = new Map<string, { labels: Record<string, string>; count: number }>();
  const durations = new Map<string, Series>();
  return {
    seen({ route, method, status, seconds }) {
      const labels = { route, method, status: String(status) };
      const key = labelText(labels);
      const counter = requests.get(key) ?? { labels, count: 0 };
      counter.count++;
      requests.set(key, counter);
      const series = durations.get(route) ?? { counts: BOUNDS.map(() => 0), sumSeconds: 0, total: 0 };
      const bucket = BOUNDS.findIndex((bound) => seconds <= bound);
      if (bucket >= 0) series.counts[bucket]! += 1;
      series.sumSeconds += seconds;
      series.total++;
      durations.set(route, series);
    },
    text(gauges) {
      const lines = [
        ...heading('tierwise_http_requests_total', 'Answered requests.', 'counter'),
        ...[...requests.values()].map(({ labels, count }) => sample('tierwise_http_requests_total', labels, count)),
        ...heading('tierwise_http_request_duration_seconds', 'Time until the answer was sent.', 'histogram'),
        ...[...durations].flatMap(([route, series]) => histogram(route, series)),
        ...gauges.flatMap(({ name, help, kind, samples }) => [
          ...heading(name, help, kind),
          ...samples.map(({ labels, value }) => sample(name, labels, value)),
        ]),
      ];
      return `${lines.join('\n')}\n`;
    },
  };
}

const heading = (name: string, help: string, kind: string): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${kind}`,
];

function histogram(route: string, { counts, sumSeconds, total }: Series): string[] {
  const name = 'tierwise_http_request_duration_seconds';
  let running = 0;
  const buckets = BOUNDS.map((bound, i) => {
    running += counts[i]!;
    return sample(`${name}_bucket`, { route, le: String(bound) }, running);
  });
  return [
    ...buckets,
    sample(`${name}_bucket`, { route, le: '+Inf' }, total),
    sample(`${name}_sum`, { route }, sumSeconds),
    sample(`${name}_count`, { route }, total),
  ];
}

const sample = (name: string, labels: Readonly<Record<string, string>>, value: number): string =>
  `${name}${labelText(labels)} ${value}`;

function labelText(labels: Readonly<Record<string, string>>): string {
  const list = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return list.length === 0 ? '' : `{${list.join(',')}}`;
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
