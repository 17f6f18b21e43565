/** Health and metrics. */
import { z } from 'zod';
import { type App, type Current, failures } from '../app-type.ts';
import type { Gauge, Metrics } from '../metrics.ts';
import { importCounts } from '../quality.ts';
import { HealthReply } from '../schemas.ts';
import type { Store } from '../store.ts';

export function operationsRoutes(app: App, store: Current, metrics: Metrics, version: string): void {
  const tags = ['operations'];
  app.get(
    '/healthz',
    {
      schema: {
        operationId: 'getHealth',
        tags,
        summary: 'Whether the server answers, and from which moment its data is',
        response: { 200: HealthReply, ...failures },
      },
    },
    async () => {
      await store().compute.rows('select 1 as one');
      return { ok: true, version, asOf: store().facts.asOf };
    },
  );
  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'getMetrics',
        tags,
        summary: 'Figures for Prometheus',
        response: {
          200: { description: 'text format 0.0.4', content: { 'text/plain': { schema: z.string() } } },
          ...failures,
        },
      },
      serializerCompiler: () => (text: unknown) => String(text),
    },
    async (_request, reply) =>
      reply.type('text/plain; version=0.0.4; charset=utf-8').send(metrics.text(gaugesOf(store()))),
  );
}

function gaugesOf({ shop, facts, dir }: Store): Gauge[] {
  const one = (value: number) => [{ labels: {}, value }];
  const counts = importCounts(dir);
  const outcomes = ['kept', 'repaired', 'quarantined'] as const;
  return [
    {
      name: 'process_resident_memory_bytes',
      help: 'Resident memory.',
      kind: 'gauge',
      samples: one(process.memoryUsage.rss()),
    },
    { name: 'process_uptime_seconds', help: 'Time since the start.', kind: 'gauge', samples: one(process.uptime()) },
    { name: 'tierwise_customers', help: 'Customers in the workspace.', kind: 'gauge', samples: one(shop.customers) },
    {
      name: 'tierwise_workspace_as_of_seconds',
      help: 'Moment of the data.',
      kind: 'gauge',
      samples: one(facts.asOf / 1000),
    },
    {
      name: 'tierwise_import_rows_read_total',
      help: 'Rows read by the last import.',
      kind: 'counter',
      samples: counts.map(({ table, read }) => ({ labels: { table }, value: read })),
    },
    {
      name: 'tierwise_import_rows_total',
      help: 'Rows of the last import by what became of them.',
      kind: 'counter',
      samples: counts.flatMap((count) =>
        outcomes.map((outcome) => ({ labels: { table: count.table, outcome }, value: count[outcome] })),
      ),
    },
  ];
}
