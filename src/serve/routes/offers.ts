/** Offers, coupon pools, coupons, budgets and the ledger behind them. */
import { randomUUID } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { known } from '#errors.ts';
import {
  balances,
  budgetOf,
  budgetsOf,
  codesOf,
  DENIALS,
  type Grouped,
  grouped,
  headOf,
  hold,
  type Ledger,
  makePool,
  openBudget,
  poolOf,
  putOffer,
  refund,
  release,
  revoke,
  settle,
  sweep,
  tail,
  topUp,
  verify,
} from '#offers/index.ts';
import { type App, type Current, failures } from '../app-type.ts';
import { issueCoupon, poolReply, poolRow, poolRows, redeemCoupon, type Till, validateCoupon } from '../coupons.ts';
import { type CsvColumn, majorUnits } from '../csv.ts';
import { offerReply, offerRows, pastOffers, tryOffer } from '../offers.ts';
import { ErrorReply } from '../schemas.ts';
import * as schemas from '../schemas-offers.ts';
import { sendCsv } from '../send.ts';
import type { Store } from '../store.ts';
import { localText } from '../zone.ts';

/** How often overdue coupons and holds are looked for: their money is back well within a minute. */
const SWEEP_MS = 20_000;

interface Desk {
  readonly app: App;
  readonly store: Current;
  readonly ledger: Ledger;
  readonly group: Grouped;
  readonly now: () => number;
}

/** @param ledger of the workspace; closed with the server */
export function offerRoutes(
  app: App,
  store: Current,
  ledger: Ledger,
  now: () => number,
  log: (line: string) => void,
): void {
  const desk: Desk = { app, store, ledger, group: grouped(ledger), now };
  const timer = setInterval(() => {
    try {
      if (headOf(ledger).entries > 0) sweep(ledger, now());
    } catch (error) {
      log(
        `overdue coupons and holds could not be given back: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }, SWEEP_MS).unref();
  app.addHook('onClose', async () => {
    clearInterval(timer);
    ledger.close();
  });
  keptOffers(desk);
  pools(desk);
  coupons(desk);
  budgets(desk);
  holds(desk);
  books(desk);
}

const tags = ['offers'];
const who = (actor: string | undefined) => (actor === undefined ? {} : { actor });

function keptOffers({ app, store, ledger, group, now }: Desk): void {
  app.get(
    '/api/v1/offers',
    {
      schema: {
        operationId: 'listOffers',
        tags,
        summary: 'Offers with their cost on the shop’s own orders',
        response: { 200: schemas.OffersReply, ...failures },
      },
    },
    async () => offerRows(store(), ledger),
  );
  app.get(
    '/api/v1/offers/:id',
    {
      schema: {
        operationId: 'getOffer',
        tags,
        summary: 'One offer with all its versions',
        params: schemas.OfferParams,
        response: { 200: schemas.OfferReply, ...failures },
      },
    },
    async (request) => offerReply(store(), ledger, request.params.id),
  );
  app.post(
    '/api/v1/offers',
    {
      schema: {
        operationId: 'putOffer',
        tags,
        summary: 'Keeps an offer under its id; a used one gets a new version',
        body: schemas.OfferBody,
        response: { 201: schemas.OfferReply, ...failures },
      },
    },
    async (request, reply) => {
      const { offer, actor } = request.body;
      const kept = await group(() => putOffer(ledger, offer, { ...who(actor), now: now() }));
      return reply.code(201).send(await offerReply(store(), ledger, kept.id));
    },
  );
  app.post(
    '/api/v1/offers/check',
    {
      schema: {
        operationId: 'checkOffer',
        tags,
        summary: 'An offer in words and on the shop’s own orders; writes nothing',
        body: schemas.OfferCheckBody,
        response: { 200: schemas.OfferCheckReply, ...failures },
      },
    },
    async (request) => tryOffer(store(), request.body.offer),
  );
  app.get(
    '/api/v1/past-offers',
    {
      schema: {
        operationId: 'listPastOffers',
        tags,
        summary: 'Offers of the shop’s past: cost, and what each order that they brought cost',
        response: { 200: schemas.PastOffersReply, ...failures },
      },
    },
    async () => pastOffers(store()),
  );
}

function pools({ app, store, ledger, group, now }: Desk): void {
  app.get(
    '/api/v1/coupon-pools',
    {
      schema: {
        operationId: 'listCouponPools',
        tags,
        summary: 'Coupon pools, newest first',
        response: { 200: schemas.PoolsReply, ...failures },
      },
    },
    async () => ({ rows: poolRows(ledger, now()) }),
  );
  app.get(
    '/api/v1/coupon-pools/:id',
    {
      schema: {
        operationId: 'getCouponPool',
        tags,
        summary: 'One pool and how it ran down',
        params: schemas.PoolParams,
        response: { 200: schemas.PoolReply, ...failures },
      },
    },
    async (request) => poolReply(ledger, request.params.id, now()),
  );
  app.post(
    '/api/v1/coupon-pools',
    {
      schema: {
        operationId: 'makeCouponPool',
        tags,
        summary: 'Makes a pool with its codes',
        body: schemas.PoolBody,
        response: { 201: schemas.PoolRow, ...failures },
      },
    },
    async (request, reply) => {
      const { pool, actor } = request.body;
      const terms = { currency: store().shop.currency, ...pool };
      if (terms.codes.kind === 'generated' && terms.codes.count > CODES_AT_ONCE)
        throw known('POOL_INVALID', { where: 'pool.codes.count', expected: `at most ${CODES_AT_ONCE} over HTTP` });
      const made = await group(() => makePool(ledger, terms, { secret: randomUUID(), ...who(actor), now: now() }));
      return reply.code(201).send(poolRow(ledger, made, now()));
    },
  );
  app.get(
    '/api/v1/coupon-pools/:id/codes',
    {
      schema: {
        ...{
          operationId: 'listCouponCodes',
          tags,
          summary: 'All codes of a pool as CSV',
          params: schemas.PoolParams,
          querystring: schemas.CodesQuery,
        },
        response: {
          200: { description: 'one row a code', content: { 'text/csv': { schema: z.string() } } },
          ...failures,
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      poolOf(ledger, id);
      return sendCsv(
        reply as unknown as FastifyReply,
        `codes-${id.replaceAll(':', '-')}`,
        codeColumns(store()),
        inTurns(codesOf(ledger, id)),
      );
    },
  );
}

const CODES_AT_ONCE = 100_000;

async function* inTurns<T>(batches: Iterable<T>): AsyncGenerator<T> {
  for (const batch of batches) {
    yield batch;
    await new Promise((resume) => setImmediate(resume));
  }
}

type Code = ReturnType<typeof codesOf> extends Generator<(infer Row)[]> ? Row : never;

function codeColumns({ shop }: Store): readonly CsvColumn<Code>[] {
  const time = (at: number | null) => (at === null ? null : localText(at, shop.timeZone));
  return [
    { name: 'code', cell: (row) => row.code },
    { name: 'state', cell: (row) => row.state },
    { name: 'customer_id', cell: (row) => row.customer },
    { name: 'tier', cell: (row) => row.tier },
    { name: 'issued_at', cell: (row) => time(row.issuedAt) },
    { name: 'expires_at', cell: (row) => time(row.expiresAt) },
    { name: 'redeemed_at', cell: (row) => time(row.redeemedAt) },
    { name: 'order_id', cell: (row) => row.orderId },
    { name: `cost_${shop.currency}`, cell: (row) => majorUnits(row.amountMinor, shop.currencyDigits), isNumeric: true },
  ];
}

function coupons({ app, store, ledger, group, now }: Desk): void {
  const till = (): Till => ({ store: store(), ledger, grouped: group, now: now() });
  const refused = { 409: z.union([schemas.Denied, ErrorReply]) };
  const headers = schemas.IdempotencyHeader;
  app.post(
    '/api/v1/coupons/issue',
    {
      schema: {
        operationId: 'issueCoupon',
        tags,
        summary: 'Gives a customer a coupon; 409 where they can have none',
        headers,
        body: schemas.IssueBody,
        response: { 200: schemas.IssuedReply, ...refused, ...failures },
      },
    },
    async (request, reply) => {
      const answer = await issueCoupon(till(), { ...request.body, key: request.headers['idempotency-key'] });
      return answer.ok ? answer : reply.code(409).send(answer);
    },
  );
  app.post(
    '/api/v1/coupons/validate',
    {
      schema: {
        operationId: 'validateCoupon',
        tags,
        summary: 'Whether a code counts for a customer and a cart, and what it takes off; spends nothing',
        body: schemas.ValidateBody,
        response: { 200: schemas.ValidReply, ...failures },
      },
    },
    async (request) => validateCoupon(till(), request.body),
  );
  app.post(
    '/api/v1/coupons/redeem',
    {
      schema: {
        operationId: 'redeemCoupon',
        tags,
        summary: 'Uses a code for an order; 409 where it does not count',
        headers,
        body: schemas.RedeemBody,
        response: { 200: schemas.RedeemedReply, ...refused, ...failures },
      },
    },
    async (request, reply) => {
      const answer = await redeemCoupon(till(), { ...request.body, key: request.headers['idempotency-key'] });
      return answer.ok ? answer : reply.code(409).send(answer);
    },
  );
  app.post(
    '/api/v1/coupons/refund',
    {
      schema: {
        operationId: 'refundCoupons',
        tags,
        summary: 'Undoes all redemptions of an order',
        headers: schemas.RefundHeader,
        body: schemas.RefundBody,
        response: { 200: schemas.RefundReply, ...failures },
      },
    },
    async (request) => {
      const key = request.headers['idempotency-key'];
      const call = { orderId: request.body.orderId, ...(key === undefined ? {} : { key }) };
      const { amountMinor, redemptions } = await group(() => refund(ledger, call, now()));
      return {
        amountMinor,
        redemptions: redemptions.map(({ redemption, ...own }) => ({ redemptionId: redemption, ...own })),
      };
    },
  );
  app.post(
    '/api/v1/coupons/revoke',
    {
      schema: {
        operationId: 'revokeCoupon',
        tags,
        summary: 'Takes a code back unless it was used',
        body: schemas.RevokeBody,
        response: { 200: schemas.RevokeReply, ...failures },
      },
    },
    async (request) => {
      const state = await group(() => revoke(ledger, request.body.code, now()));
      if (state === undefined)
        throw known('LEDGER_INVALID', { where: 'code', expected: 'a code of a pool that is not shared' });
      return { state };
    },
  );
}

function budgets({ app, store, ledger, group, now }: Desk): void {
  const row = ({ campaign, ...rest }: ReturnType<typeof budgetOf>) => ({ ...rest, campaignId: campaign });
  app.get(
    '/api/v1/budgets',
    {
      schema: {
        operationId: 'listBudgets',
        tags,
        summary: 'Budgets: free, held and spent',
        response: { 200: schemas.BudgetsReply, ...failures },
      },
    },
    async () => ({ rows: budgetsOf(ledger).map(row) }),
  );
  app.get(
    '/api/v1/budgets/:id',
    {
      schema: {
        operationId: 'getBudget',
        tags,
        summary: 'One budget and how it ran down',
        params: schemas.BudgetParams,
        response: { 200: schemas.BudgetReply, ...failures },
      },
    },
    async (request) => {
      const { id } = request.params;
      const own = budgetOf(ledger, id);
      return {
        ...row(own),
        free: balances(ledger, `budget/${id}/free`),
        spent: balances(ledger, `budget/${id}/spent`),
      };
    },
  );
  app.post(
    '/api/v1/budgets',
    {
      schema: {
        operationId: 'openBudget',
        tags,
        summary: 'Opens a budget',
        body: schemas.BudgetBody,
        response: { 201: schemas.BudgetRow, ...failures },
      },
    },
    async (request, reply) => {
      const { campaignId, currency = store().shop.currency, ...rest } = request.body;
      const opening = { ...rest, currency, ...(campaignId === undefined ? {} : { campaign: campaignId }) };
      return reply.code(201).send(row(await group(() => openBudget(ledger, opening, now()))));
    },
  );
  app.post(
    '/api/v1/budgets/:id/top-up',
    {
      schema: {
        operationId: 'topUpBudget',
        tags,
        summary: 'Puts more money into a budget',
        headers: schemas.IdempotencyHeader,
        params: schemas.BudgetParams,
        body: schemas.TopUpBody,
        response: { 200: schemas.BudgetRow, ...failures },
      },
    },
    async (request) => {
      const call = { key: request.headers['idempotency-key'], budget: request.params.id, ...request.body };
      return row(await group(() => topUp(ledger, call, now())));
    },
  );
}

function holds({ app, ledger, group, now }: Desk): void {
  const refused = { 409: z.union([schemas.HoldRefused, ErrorReply]) };
  app.post(
    '/api/v1/budgets/:id/holds',
    {
      schema: {
        operationId: 'holdBudget',
        tags,
        summary: 'Sets money of a budget aside; 409 where it has not got so much',
        headers: schemas.IdempotencyHeader,
        params: schemas.BudgetParams,
        body: schemas.HoldBody,
        response: { 200: schemas.HoldReply, ...refused, ...failures },
      },
    },
    async (request, reply) => {
      const call = { key: request.headers['idempotency-key'], budget: request.params.id, ...request.body };
      const answer = await group(() => hold(ledger, call, now()));
      if (!answer.ok)
        return reply.code(409).send({ ok: false as const, reason: answer.reason, words: { ...DENIALS.budget } });
      const { hold: holdId, amountMinor, expiresAt } = answer;
      return { ok: true as const, holdId, amountMinor, expiresAt };
    },
  );
  for (const [deed, summary] of [
    ['settle', 'Spends part of a hold and gives the rest back'],
    ['release', 'Gives all of a hold back'],
  ] as const)
    app.post(
      `/api/v1/holds/:id/${deed}`,
      {
        schema: {
          ...{ operationId: `${deed}Hold`, tags, summary, params: schemas.HoldParams },
          body: deed === 'settle' ? schemas.SettleBody : schemas.SettleBody.partial().optional(),
          response: { 200: schemas.EndedReply, ...refused, ...failures },
        },
      },
      async (request, reply) => {
        const call = { hold: request.params.id, amountMinor: request.body?.amountMinor ?? 0 };
        const answer = await group(() =>
          deed === 'settle' ? settle(ledger, call, now()) : release(ledger, call, now()),
        );
        if (answer.ok) return answer;
        return reply.code(409).send({ ok: false as const, reason: answer.reason, words: ENDED[answer.reason] });
      },
    );
}

const ENDED = {
  held: { en: 'The money is held', zh: '资金已冻结' },
  settled: { en: 'The hold was settled already', zh: '该冻结已结算' },
  released: { en: 'The hold was given back already', zh: '该冻结已释放' },
  expired: { en: 'The hold has run out', zh: '该冻结已过期' },
} as const;

function books({ app, ledger }: Desk): void {
  app.get(
    '/api/v1/ledger',
    {
      schema: {
        operationId: 'getLedger',
        tags,
        summary: 'The last entries of the ledger',
        querystring: schemas.LedgerQuery,
        response: { 200: schemas.LedgerReply, ...failures },
      },
    },
    async (request) => {
      const { entries, hash } = headOf(ledger);
      const rows = tail(ledger, request.query.limit).map(({ person: _, ...own }) => own);
      return { entries, head: Buffer.from(hash).toString('hex'), rows };
    },
  );
  app.get(
    '/api/v1/ledger/verify',
    {
      schema: {
        operationId: 'verifyLedger',
        tags,
        summary: 'Reads the whole ledger: whether a line was removed or changed',
        response: { 200: schemas.VerifyReply, ...failures },
      },
    },
    async () => {
      const { faults, ...verdict } = await verify(ledger);
      return { ...verdict, faults: [...faults] };
    },
  );
}
