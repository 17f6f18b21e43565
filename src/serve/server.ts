/** The HTTP server: routes, documentation, console, limits. */
import fastify from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Office } from '#campaigns/index.ts';
import { openOutbox } from '#delivery/index.ts';
import { known } from '#errors.ts';
import { openKeeper } from '#experiments/index.ts';
import { openJourneys } from '#journeys/index.ts';
import { openLedger } from '#offers/index.ts';
import type { App } from './app-type.ts';
import { watchTheClock } from './campaign-life.ts';
import { ledgerMoney } from './campaign-money.ts';
import { consoleRoutes } from './console.ts';
import { deliveryOfCampaigns, deskOf, watchTheOutbox } from './delivery.ts';
import { docsRoutes } from './docs.ts';
import { bodyOf, fail } from './failures.ts';
import { openFeedback } from './gorse/feedback-store.ts';
import { gorseRoutes, liveParts } from './gorse/routes.ts';
import { guarded } from './guard.ts';
import { liveEngine, watchTheJourneys } from './journeys.ts';
import { makeMetrics } from './metrics.ts';
import { campaignPlanner } from './planner.ts';
import type { Planner } from './planning.ts';
import { type Reload, reloading } from './reload.ts';
import { allocationRoutes } from './routes/allocation.ts';
import { campaignLifeRoutes } from './routes/campaign-life.ts';
import { campaignRoutes } from './routes/campaigns.ts';
import { customerRoutes } from './routes/customers.ts';
import { deliveryRoutes } from './routes/delivery.ts';
import { experimentRoutes } from './routes/experiments.ts';
import { journeyRoutes } from './routes/journeys.ts';
import { modelRoutes } from './routes/models.ts';
import { offerRoutes } from './routes/offers.ts';
import { operationsRoutes } from './routes/operations.ts';
import { productRoutes } from './routes/products.ts';
import { qualityRoutes } from './routes/quality.ts';
import { recommendationRoutes } from './routes/recommendations.ts';
import { roiRoutes } from './routes/roi.ts';
import { segmentRoutes } from './routes/segments.ts';
import { shopRoutes } from './routes/shop.ts';
import { tierRoutes } from './routes/tiers.ts';
import type { Store } from './store.ts';
import { unmatched } from './unmatched.ts';

export interface ServerOptions {
  readonly store: Store;
  /** The built console (console/dist); without it `/` says how to build it. */
  readonly consoleDir?: string;
  readonly version: string;
  /** Opens the store anew once a run has finished in the workspace; default: never. */
  readonly reload?: Reload;
  /** How often, at most, it is looked whether a run has finished; default 2,000. */
  readonly lookEveryMs?: number;
  /** The gorse API: the path before its `/api` (default `/gorse`), and the key that its clients send (default: none). */
  readonly gorse?: { readonly base?: string | undefined; readonly key?: string | undefined };
  /** Makes campaign plans; default: the planner of #campaigns. */
  readonly planner?: Planner;
  /** Who keeps the money of campaigns and who sends their messages; default: the ledger, and nobody. */
  readonly campaigns?: Pick<Office, 'money' | 'delivery'>;
  /** How often scheduled campaigns are looked at; default 10,000; 0: never. */
  readonly scheduleEveryMs?: number;
  /** How often messages and journeys are looked at that are due; default 2,000; 0: never. */
  readonly sendEveryMs?: number;
  /** Where it will listen; default 127.0.0.1. On a loopback address only requests to a loopback name are answered. */
  readonly host?: string;
  /** Where faults are written, one line each; default standard error. */
  readonly log?: (line: string) => void;
}

/** 1 MB a body, 10 s for the headers, 30 s for a request; no more than 1,000 callers at once. */
const LIMITS = { bodyBytes: 1_048_576, headersMs: 10_000, requestMs: 30_000, connections: 1000, closeMs: 5000 };

/** Makes the server; nothing listens yet. */
export async function makeServer(options: ServerOptions): Promise<App> {
  const log = options.log ?? ((line: string) => process.stderr.write(`${line}\n`));
  const app: App = fastify({
    bodyLimit: LIMITS.bodyBytes,
    requestTimeout: LIMITS.requestMs,
    http: { headersTimeout: LIMITS.headersMs, connectionsCheckingInterval: 2000 },
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 3000 },
    frameworkErrors: (error, request, reply) => void fail(error, request, reply, log),
    clientErrorHandler,
  }).withTypeProvider<ZodTypeProvider>();
  app.removeContentTypeParser('text/plain');
  app.server.maxConnections = LIMITS.connections;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, request, reply) => fail(error, request, reply, log));
  app.addHook('preClose', async () => {
    setTimeout(() => app.server.closeAllConnections(), LIMITS.closeMs).unref();
  });

  const metrics = makeMetrics();
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unmatched';
    metrics.seen({ route, method: request.method, status: reply.statusCode, seconds: reply.elapsedTime / 1000 });
  });
  guarded(app, options.host ?? '127.0.0.1');
  const store = reloading(app, options.store, {
    reload: options.reload,
    log,
    lookEveryMs: options.lookEveryMs ?? 2000,
  });
  unmatched(app, options.consoleDir);
  await docsRoutes(app, options.version);
  operationsRoutes(app, store, metrics, options.version);
  shopRoutes(app, store);
  customerRoutes(app, store);
  tierRoutes(app, store);
  modelRoutes(app, store);
  productRoutes(app, store);
  const feedback = openFeedback(options.store.dir);
  app.addHook('onClose', async () => feedback.close());
  const live = { store, feedback, now: Date.now };
  const parts = liveParts(live);
  recommendationRoutes(app, store, () => parts().live);
  const { base = '/gorse', key } = options.gorse ?? {};
  await gorseRoutes(app, { ...live, base, key, log }, parts);
  roiRoutes(app, store);
  const planner = options.planner ?? campaignPlanner;
  const ledger = openLedger(options.store.dir);
  offerRoutes(app, store, ledger, Date.now, log);
  const money = ledgerMoney(ledger, () => store().shop.currency);
  const outbox = openOutbox(options.store.dir);
  const desk = deskOf(outbox, store);
  const delivery = deliveryOfCampaigns(desk);
  const office = (): Office => ({
    ...{ dir: store().dir, compute: store().compute, money, delivery },
    ...options.campaigns,
  });
  campaignRoutes(app, store, planner);
  campaignLifeRoutes(app, store, planner, office);
  const { scheduleEveryMs = 10_000 } = options;
  if (scheduleEveryMs > 0) {
    const stop = watchTheClock(office, scheduleEveryMs, log);
    app.addHook('onClose', async () => stop());
  }
  allocationRoutes(app, store);
  qualityRoutes(app, store);
  const keeper = openKeeper(options.store.dir);
  app.addHook('onClose', async () => keeper.close());
  experimentRoutes(app, store, keeper, Date.now);
  segmentRoutes(app, store);
  const stage = { store, outbox, journeys: openJourneys(options.store.dir) };
  const engine = liveEngine(stage);
  deliveryRoutes(app, desk, Date.now);
  journeyRoutes(app, stage, engine, Date.now);
  const { sendEveryMs = 2000 } = options;
  const stops =
    sendEveryMs > 0
      ? [watchTheJourneys(stage, engine, { everyMs: sendEveryMs, log }), watchTheOutbox(desk, sendEveryMs, log)]
      : [];
  app.addHook('onClose', async () => {
    for (const stop of stops) stop();
    stage.journeys.close();
    outbox.close();
  });
  await consoleRoutes(app, options.consoleDir);
  await app.ready();
  return app;
}

/**
 * Starts listening.
 *
 * @param port 0 for any free port
 * @returns the address to open, e.g. http://127.0.0.1:7070
 * @throws PORT_BUSY
 */
export async function listen(app: App, { port, host = '127.0.0.1' }: { port: number; host?: string }): Promise<string> {
  try {
    return await app.listen({ port, host });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE' || code === 'EACCES') throw known('PORT_BUSY', { host, port }, error);
    throw error;
  }
}

function clientErrorHandler(error: NodeJS.ErrnoException, socket: import('node:net').Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, words] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'Request Header Fields Too Large']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'Request Timeout']
        : [400, 'Bad Request'];
  const body = JSON.stringify(bodyOf(known('REQUEST_INVALID', { what: words, where: 'request' })));
  socket.end(
    `HTTP/1.1 ${status} ${words}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
