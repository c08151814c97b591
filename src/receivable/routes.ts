import { type FastifyPluginAsyncTypebox, type Static, Type } from '@fastify/type-provider-typebox';
import { parseMoney } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import {
  Day,
  Id,
  Name,
  Note,
  object,
  oneOf,
  Page,
  PositiveMoney,
  problems,
  Reference,
} from '../platform/http/schemas.ts';
import { answerReceivables } from './answering.ts';
import {
  cancelReceivable,
  confirmReceivable,
  disputeReceivable,
  rejectReceivable,
  resolveDispute,
} from './confirmation.ts';
import { issueCreditNote } from './credit-note.ts';
import {
  financingsBehind,
  holdingAnswers,
  locateReceivable,
  locateTransfer,
  receivableAnswers,
  receivableOf,
  transferAnswers,
} from './queries.ts';
import { registerReceivable, registerReceivables } from './registration.ts';
import {
  BulkResult,
  DebtorAnswer,
  DebtorAnswers,
  Holding,
  NewReceivable,
  PaymentAxis,
  Receivable,
  Rejection,
  Stage,
  Transfer,
} from './schemas.ts';
import { answerTransfer, offerTransfer } from './transfer.ts';

const tags = ['Receivables'];
const params = object({ receivableId: Id });
const sorts = {
  newest: [['receivable.id', 'desc']],
  oldest: [['receivable.id', 'asc']],
  dueDate: [
    ['receivable.due_date', 'asc'],
    ['receivable.id', 'asc'],
  ],
} as const;
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const BULK_BYTES = 12 * 1024 * 1024;

type Item = Static<typeof NewReceivable>;
const itemOf = (body: Item) => ({
  debtorId: body.debtorId,
  creditorId: body.creditorId,
  reference: body.reference,
  invoiceNumber: body.invoiceNumber ?? null,
  invoiceCode: body.invoiceCode ?? null,
  face: parseMoney(body.face),
  issueDate: body.issueDate,
  dueDate: body.dueDate,
  goodsAcceptedOn: body.goodsAcceptedOn ?? null,
});

/** Receivables from registration to their parts in other hands. */
export const receivableRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.post(
    '/v1/chains/:chainId/receivables',
    runs(platform, registerReceivable, {
      config: { permission: 'receivable:register' },
      schema: {
        operationId: 'registerReceivable',
        summary: 'Register a receivable',
        description:
          'By the creditor, or uploaded by the debtor. The same invoice stands for one receivable on the whole platform.',
        tags,
        params: object({ chainId: Id }),
        body: NewReceivable,
        response: { 201: Receivable, ...problems(403, 404, 409, 422) },
      },
      input: ({ params: { chainId }, body }) => ({ chainId, items: [itemOf(body)] }),
    }),
  );

  app.post('/v1/chains/:chainId/receivables/bulk', {
    ...runs(platform, registerReceivables as never, {
      config: { permission: 'receivable:register' },
      schema: {
        operationId: 'registerReceivables',
        summary: 'Register up to 10,000 receivables',
        description: 'Each line is registered or refused on its own; results come in the order of the lines.',
        tags,
        params: object({ chainId: Id }),
        body: object({ items: Type.Array(NewReceivable, { minItems: 1, maxItems: 10_000 }) }),
        response: { 200: BulkResult, ...problems(403, 404) },
      },
      input: ({ params: { chainId }, body }) => ({ chainId, items: body.items.map(itemOf) }),
    }),
    bodyLimit: BULK_BYTES,
  });

  app.get('/v1/receivables', {
    config: { permission: 'receivable:read' },
    schema: {
      operationId: 'listReceivables',
      summary: 'Receivables one is a party to',
      description: '`role` says on which side: as creditor, as debtor, or (for a bank) as financier.',
      tags,
      querystring: pageQuery({
        sorts,
        filters: {
          role: oneOf(['creditor', 'debtor', 'financier']),
          stage: Stage,
          payment: PaymentAxis,
          chainId: Id,
          dueBefore: Day,
        },
      }),
      response: { 200: Page(Receivable), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        const role = query.role ?? (actor.orgKind === 'bank' ? 'financier' : 'creditor');
        let rows = receivableAnswers(db);
        if (role === 'creditor') rows = rows.where('creditor_id', '=', actor.orgId);
        if (role === 'debtor') rows = rows.where('debtor_id', '=', actor.orgId);
        if (role === 'financier') {
          rows = rows.where('receivable.id', 'in', (eb) =>
            eb
              .selectFrom('financing_item')
              .select('receivable_id')
              .where('book_id', '=', actor.orgId)
              .where('receivable_id', 'is not', null)
              .$castTo<{ receivable_id: string }>(),
          );
        }
        if (query.stage !== undefined) rows = rows.where('stage', '=', query.stage);
        if (query.payment !== undefined) rows = rows.where('payment', '=', query.payment);
        if (query.chainId !== undefined) rows = rows.where('chain_id', '=', query.chainId);
        if (query.dueBefore !== undefined) rows = rows.where('due_date', '<', query.dueBefore);
        return paginate(rows, { page: query, sorts }) as never;
      }),
  });

  app.get('/v1/receivables/:receivableId', {
    config: { permission: 'receivable:read' },
    schema: {
      operationId: 'getReceivable',
      summary: 'One receivable',
      tags,
      params,
      response: { 200: Receivable, ...problems(404) },
    },
    handler: ({ actor, params: { receivableId } }) =>
      readAs(database, actor, (db) => receivableOf(db, receivableId)) as never,
  });

  app.get('/v1/receivables/:receivableId/holdings', {
    config: { permission: 'receivable:read' },
    schema: {
      operationId: 'listHoldings',
      summary: 'The parts of a receivable, past and present, as far as one may see them',
      tags,
      params,
      querystring: pageQuery({ sorts: newest, filters: {} }),
      response: { 200: Page(Holding), ...problems(404) },
    },
    handler: ({ actor, params: { receivableId }, query }) =>
      readAs(database, actor, async (db) => {
        await receivableOf(db, receivableId);
        return paginate(holdingAnswers(db).where('receivable_id', '=', receivableId), { page: query, sorts: newest });
      }) as never,
  });

  app.get('/v1/holdings', {
    config: { permission: 'receivable:read' },
    schema: {
      operationId: 'listOwnHoldings',
      summary: 'The parts of receivables that one holds',
      tags,
      querystring: pageQuery({ sorts: newest, filters: { state: oneOf(['live', 'split', 'transferred', 'settled']) } }),
      response: { 200: Page(Holding), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        const rows = holdingAnswers(db)
          .where('holder_id', '=', actor.orgId)
          .where('state', '=', query.state ?? 'live');
        return paginate(rows, { page: query, sorts: newest });
      }) as never,
  });

  app.post(
    '/v1/receivables/:receivableId/confirmation',
    runsIfMatch(platform, confirmReceivable, {
      config: { permission: 'receivable:confirm' },
      schema: {
        operationId: 'confirmReceivable',
        summary: 'The debtor undertakes to pay at the due date',
        tags,
        params,
        body: object({ amount: Type.Optional(PositiveMoney) }),
        response: { 200: Receivable, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { receivableId }, body, actor }, expectedVersion) => ({
        ...(await locateReceivable(database, actor, receivableId)),
        expectedVersion,
        amount: body.amount === undefined ? null : parseMoney(body.amount),
      }),
    }),
  );

  app.post(
    '/v1/receivables/:receivableId/rejection',
    runsIfMatch(platform, rejectReceivable, {
      config: { permission: 'receivable:confirm' },
      schema: {
        operationId: 'rejectReceivable',
        summary: 'The debtor does not owe it',
        tags,
        params,
        body: object({ code: Rejection, reason: Type.Optional(Note) }),
        response: { 200: Receivable, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { receivableId }, body, actor }, expectedVersion) => ({
        ...(await locateReceivable(database, actor, receivableId)),
        expectedVersion,
        code: body.code,
        reason: body.reason ?? null,
      }),
    }),
  );

  app.post('/v1/chains/:chainId/receivable-answers', {
    ...runs(platform, answerReceivables, {
      config: { permission: 'receivable:confirm' },
      schema: {
        operationId: 'answerReceivables',
        summary: 'Confirm or reject up to 10,000 receivables',
        description:
          'Each line is confirmed (all of it, or the amount named) or, with `reject`, rejected; a line that cannot be is refused on its own. Results come in the order of the lines.',
        tags,
        params: object({ chainId: Id }),
        body: object({ items: Type.Array(DebtorAnswer, { minItems: 1, maxItems: 10_000 }) }),
        response: { 200: DebtorAnswers, ...problems(403, 404) },
      },
      input: ({ params: { chainId }, body }) => ({
        chainId,
        items: body.items.map(({ version, amount, reject, reason, ...rest }) => ({
          ...rest,
          expectedVersion: version,
          amount: amount === undefined ? null : parseMoney(amount),
          reject: reject ?? null,
          reason: reason ?? null,
        })),
      }),
    }),
    bodyLimit: BULK_BYTES,
  });

  const reasoned = (
    path: string,
    operationId: string,
    summary: string,
    permission: string,
    useCase: typeof cancelReceivable,
  ) =>
    app.post(
      `/v1/receivables/:receivableId/${path}`,
      runsIfMatch(platform, useCase, {
        config: { permission },
        schema: {
          operationId,
          summary,
          tags,
          params,
          body: object({ reason: Note }),
          response: { 200: Receivable, ...problems(403, 404, 409, 412) },
        },
        input: async ({ params: { receivableId }, body, actor }, expectedVersion) => ({
          ...(await locateReceivable(database, actor, receivableId)),
          expectedVersion,
          reason: body.reason,
        }),
      }),
    );
  reasoned(
    'cancellation',
    'cancelReceivable',
    'Take a receivable back before it is confirmed',
    'receivable:register',
    cancelReceivable,
  );
  reasoned(
    'dispute-resolution',
    'resolveDispute',
    'The debtor withdraws its dispute',
    'receivable:confirm',
    resolveDispute,
  );

  app.post(
    '/v1/receivables/:receivableId/dispute',
    runsIfMatch(platform, disputeReceivable, {
      config: { permission: 'receivable:confirm' },
      schema: {
        operationId: 'disputeReceivable',
        summary: 'The debtor contests a part: it is not financed, and nothing is transferred',
        tags,
        params,
        body: object({ amount: PositiveMoney, reason: Note }),
        response: { 200: Receivable, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { receivableId }, body, actor }, expectedVersion) => ({
        ...(await locateReceivable(database, actor, receivableId)),
        expectedVersion,
        amount: parseMoney(body.amount),
        reason: body.reason,
      }),
    }),
  );

  app.post(
    '/v1/receivables/:receivableId/credit-notes',
    runsIfMatch(platform, issueCreditNote, {
      config: { permission: 'receivable:register' },
      schema: {
        operationId: 'issueCreditNote',
        summary: 'The creditor reduces its claim',
        tags,
        params,
        body: object({ number: Reference, amount: PositiveMoney }),
        response: { 201: Receivable, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { receivableId }, body, actor }, expectedVersion) => ({
        ...(await locateReceivable(database, actor, receivableId)),
        financings: await financingsBehind(database, actor, receivableId),
        expectedVersion,
        number: body.number,
        amount: parseMoney(body.amount),
      }),
    }),
  );

  app.post(
    '/v1/receivables/:receivableId/dispute-acceptance',
    runsIfMatch(platform, issueCreditNote, {
      config: { permission: 'receivable:register' },
      schema: {
        operationId: 'acceptDispute',
        summary: 'The creditor accepts what the debtor disputes: a credit note over it',
        tags,
        params,
        body: object({ number: Reference }),
        response: { 201: Receivable, ...problems(403, 404, 409, 412) },
      },
      input: async ({ params: { receivableId }, body, actor }, expectedVersion) => ({
        ...(await locateReceivable(database, actor, receivableId)),
        financings: await financingsBehind(database, actor, receivableId),
        expectedVersion,
        number: body.number,
        amount: null,
      }),
    }),
  );

  app.post(
    '/v1/receivables/:receivableId/transfers',
    runs(platform, offerTransfer, {
      config: { permission: 'receivable:transfer' },
      schema: {
        operationId: 'offerTransfer',
        summary: 'Hand a part down to a supplier of the next tier',
        tags,
        params,
        body: object({ holdingId: Id, toId: Id, amount: PositiveMoney, evidence: Name }),
        response: { 201: Transfer, ...problems(403, 404, 409) },
      },
      input: async ({ params: { receivableId }, body, actor }) => ({
        ...(await locateReceivable(database, actor, receivableId)),
        holdingId: body.holdingId,
        toId: body.toId,
        amount: parseMoney(body.amount),
        evidence: body.evidence,
      }),
    }),
  );

  app.get('/v1/transfers', {
    config: { permission: 'receivable:read' },
    schema: {
      operationId: 'listTransfers',
      summary: 'Offers of parts, received or made',
      tags,
      querystring: pageQuery({ sorts: newest, filters: { side: oneOf(['received', 'made']) } }),
      response: { 200: Page(Transfer), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) =>
        paginate(transferAnswers(db).where(query.side === 'made' ? 'from_id' : 'to_id', '=', actor.orgId), {
          page: query,
          sorts: newest,
        }),
      ) as never,
  });

  for (const [path, event, summary] of [
    ['acceptance', 'accept', 'Accept an offered part'],
    ['refusal', 'decline', 'Decline an offered part'],
    ['withdrawal', 'withdraw', 'Withdraw an offer'],
  ] as const) {
    app.post(
      `/v1/transfers/:transferId/${path}`,
      runsIfMatch(platform, answerTransfer, {
        config: { permission: 'receivable:transfer' },
        schema: {
          operationId: `${event}Transfer`,
          summary,
          tags,
          params: object({ transferId: Id }),
          response: { 200: object({ transfer: Transfer, holding: Holding }), ...problems(403, 404, 409, 412) },
        },
        input: async ({ params: { transferId }, actor }, expectedVersion) => ({
          ...(await locateTransfer(database, actor, transferId)),
          expectedVersion,
          event,
        }),
      }),
    );
  }
};
