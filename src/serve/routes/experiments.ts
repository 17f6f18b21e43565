/** Experiments and holdouts. */
import { type Keeper, planned, setHoldout } from '#experiments/index.ts';
import { type App, type Current, failures } from '../app-type.ts';
import { analysed, armReply, experimentOf, experimentsOf, holdoutsOf, resultsOf } from '../experiments.ts';
import {
  ActBody,
  AnalysisBody,
  ArmQuery,
  ArmReply,
  CreateExperimentBody,
  DecisionBody,
  EditExperimentBody,
  ExperimentParams,
  ExperimentReply,
  ExperimentsReply,
  HoldoutBody,
  HoldoutsReply,
  KeptReply,
  PlanBody,
  PlanReply,
  ReportReply,
} from '../schemas-experiments.ts';

/** @param nowMs the moment of a call */
export function experimentRoutes(app: App, store: Current, keeper: Keeper, nowMs: () => number): void {
  reading(app, store, keeper, nowMs);
  life(app, store, keeper, nowMs);
  holdouts(app, store, nowMs);
}

const tags = ['experiments'];

function reading(app: App, store: Current, keeper: Keeper, nowMs: () => number): void {
  app.get(
    '/api/v1/experiments',
    {
      schema: {
        operationId: 'listExperiments',
        tags,
        summary: 'Experiments that are kept, newest first, then past campaigns that drew their arms',
        response: { 200: ExperimentsReply, ...failures },
      },
    },
    async () => experimentsOf(store(), keeper, nowMs()),
  );
  app.get(
    '/api/v1/experiments/:id',
    {
      schema: {
        operationId: 'getExperiment',
        tags,
        summary: 'One experiment: plan, status, log, traffic',
        params: ExperimentParams,
        response: { 200: ExperimentReply, ...failures },
      },
    },
    async (request) => experimentOf(store(), keeper, request.params.id, nowMs()),
  );
  app.get(
    '/api/v1/experiments/:id/results',
    {
      schema: {
        operationId: 'getExperimentResults',
        tags,
        summary: 'What an experiment shows so far, with the verdict',
        params: ExperimentParams,
        response: { 200: ReportReply, ...failures },
      },
    },
    async (request) => resultsOf(store(), keeper, request.params.id),
  );
  app.get(
    '/api/v1/experiments/:id/arm',
    {
      schema: {
        operationId: 'getExperimentArm',
        tags,
        summary: 'The arm of a customer; with expose=true recorded as their first exposure, once',
        params: ExperimentParams,
        querystring: ArmQuery,
        response: { 200: ArmReply, ...failures },
      },
    },
    async ({ params, query }) =>
      armReply(keeper, params.id, query.customer, { at: nowMs(), expose: query.expose === 'true' }),
  );
  app.post(
    '/api/v1/experiments/plan',
    {
      schema: {
        operationId: 'planExperiment',
        tags,
        summary: 'How many members and days a test needs, or the least effect that members can show; keeps nothing',
        body: PlanBody,
        response: { 200: PlanReply, ...failures },
      },
    },
    async (request) => planned(defined(request.body)),
  );
  app.post(
    '/api/v1/experiments/analysis',
    {
      schema: {
        operationId: 'analyseExperiment',
        tags,
        summary: 'Analyses a randomised test from a table sent along; keeps nothing',
        body: AnalysisBody,
        response: { 200: ReportReply, ...failures },
      },
    },
    async (request) => analysed(store(), request.body),
  );
}

/** Without the keys that are there and undefined. */
const defined = <T extends object>(body: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

function life(app: App, store: Current, keeper: Keeper, nowMs: () => number): void {
  app.post(
    '/api/v1/experiments',
    {
      schema: {
        operationId: 'createExperiment',
        tags,
        summary: 'Keeps a new experiment as a draft',
        body: CreateExperimentBody,
        response: { 201: KeptReply, ...failures },
      },
    },
    async ({ body: { plan, actor, note } }, reply) =>
      reply.code(201).send(keeper.create(plan, { actor, note, at: nowMs() })),
  );
  app.put(
    '/api/v1/experiments/:id',
    {
      schema: {
        operationId: 'editExperiment',
        tags,
        summary: 'Changes the plan of a draft',
        params: ExperimentParams,
        body: EditExperimentBody,
        response: { 200: KeptReply, ...failures },
      },
    },
    async ({ params, body: { plan, actor, note, revision } }) =>
      keeper.edit(params.id, plan, revision, { actor, note, at: nowMs() }),
  );
  for (const action of ['start', 'stop'] as const)
    app.post(
      `/api/v1/experiments/:id/${action}`,
      {
        schema: {
          operationId: `${action}Experiment`,
          tags,
          summary: action === 'start' ? 'Starts a draft: arms are given from now on' : 'Stops giving arms',
          params: ExperimentParams,
          body: ActBody,
          response: { 200: KeptReply, ...failures },
        },
      },
      async ({ params, body: { actor, note, revision } }) =>
        keeper[action](params.id, revision, { actor, note, at: nowMs() }),
    );
  app.post(
    '/api/v1/experiments/:id/decision',
    {
      schema: {
        operationId: 'decideExperiment',
        tags,
        summary: 'Ships an arm to everybody, or stops; a result that must not be read ships nothing',
        params: ExperimentParams,
        body: DecisionBody,
        response: { 200: KeptReply, ...failures },
      },
    },
    async ({ params, body: { actor, revision, verdict, arm, note } }) => {
      keeper.get(params.id);
      const asMeasured = await resultsOf(store(), keeper, params.id).then(
        ({ verdict: own }) => own.verdict as string,
        () => 'unmeasured',
      );
      const decision = { verdict, note, ...(arm === undefined ? {} : { arm }) };
      return keeper.decide(params.id, decision, revision, { actor, at: nowMs(), asMeasured });
    },
  );
}

function holdouts(app: App, store: Current, nowMs: () => number): void {
  app.get(
    '/api/v1/holdouts',
    {
      schema: {
        operationId: 'getHoldouts',
        tags,
        summary: 'The global holdout and those of past campaigns: size, drift from the rest, contamination',
        response: { 200: HoldoutsReply, ...failures },
      },
    },
    async () => holdoutsOf(store()),
  );
  app.put(
    '/api/v1/holdouts/global',
    {
      schema: {
        operationId: 'setGlobalHoldout',
        tags,
        summary: 'Sets the share of all customers who get no campaign and no experiment',
        body: HoldoutBody,
        response: { 200: HoldoutsReply, ...failures },
      },
    },
    async ({ body: { share, actor, note, revision } }) => {
      setHoldout(store().dir, share, revision, { actor, note, at: nowMs() });
      return holdoutsOf(store());
    },
  );
}
