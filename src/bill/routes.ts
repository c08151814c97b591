import { type FastifyPluginAsyncTypebox, type Static, Type } from '@fastify/type-provider-typebox';
import { parseMoney } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs } from '../platform/http/command-route.ts';
import { pageQuery } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Day, Id, object, oneOf, Page, PositiveMoney, problems, Reference } from '../platform/http/schemas.ts';
import { billAnswer, billHoldingAnswer, disclosureAnswer } from './answer.ts';
import { discloseBills } from './disclosure.ts';
import { billById, holdingById, locateBills, pageOf, rowOf, selectHoldings } from './queries.ts';
import { registerBills } from './registration.ts';
import { Bill, BillHolding, BillItems, BillStateName, CirculationName, Disclosure, NewDisclosure } from './schemas.ts';
import { billDisclosures, billHoldings, bills } from './store.ts';
import { voidBills } from './void.ts';

const tags = ['Bills'];
const newest = { newest: [['id', 'desc']], oldest: [['id', 'asc']] } as const;
const byUnit = {
  unit: [
    ['first_unit', 'asc'],
    ['id', 'asc'],
  ],
} as const;
const roleColumns = {
  drawer: 'drawer_id',
  payee: 'payee_id',
  acceptor: 'acceptor_id',
  bank: 'bank_id',
} as const;
const roles = ['drawer', 'payee', 'acceptor', 'bank'] as const;

const NewBill = object({
  reference: Reference,
  kind: oneOf(['commercial', 'bank'], { description: 'Accepted by an enterprise, or by a bank.' }),
  payeeId: Id,
  acceptorId: Id,
  bankId: Id,
  face: PositiveMoney,
  dueDate: Day,
  transferable: Type.Optional(Type.Boolean({ default: true, description: 'False draws it "not transferable".' })),
  documents: Type.Array(object({ documentId: Id, amount: PositiveMoney }), {
    minItems: 1,
    maxItems: 100,
    description: 'Contracts and invoices by which the payee sold to the drawer, and how much of each is behind it.',
  }),
});

const billOf = (item: Static<typeof NewBill>) => ({
  ...item,
  face: parseMoney(item.face),
  transferable: item.transferable ?? true,
  documents: item.documents.map(({ documentId, amount }) => ({ documentId, amount: parseMoney(amount) })),
});

/** Bills from their registration to their holders. */
export const billRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.post(
    '/v1/chains/:chainId/bills',
    runs(platform, registerBills, {
      config: { permission: 'bill:register' },
      schema: {
        operationId: 'registerBills',
        summary: 'Register bills: the drawer draws them, the exchange numbers them',
        description: 'All or none. Each is checked for tenor, parties and the real trade behind it.',
        tags,
        params: object({ chainId: Id }),
        body: object({ items: Type.Array(NewBill, { minItems: 1, maxItems: 1000 }) }),
        response: {
          201: object({ bills: Type.Array(Bill), holdings: Type.Array(BillHolding) }),
          ...problems(403, 404, 409, 422),
        },
      },
      input: ({ params: { chainId }, body }) => ({ chainId, items: body.items.map(billOf) }),
    }),
  );

  app.post(
    '/v1/bill-voids',
    runs(platform, voidBills, {
      config: { permission: 'bill:register' },
      schema: {
        operationId: 'voidBills',
        summary: 'Take whole bills back before their payees have received them',
        tags,
        body: object({ items: BillItems }),
        response: { 200: object({ holdings: Type.Array(BillHolding) }), ...problems(403, 404, 409, 422) },
      },
      input: async ({ actor, body }) => ({ items: await selectHoldings(database, actor, body.items) }),
    }),
  );

  app.get('/v1/bills', {
    config: { permission: 'bill:read' },
    schema: {
      operationId: 'listBills',
      summary: 'Bills one is named on: as drawer (unless told), payee, acceptor or bank of the drawer',
      tags,
      querystring: pageQuery({ sorts: newest, filters: { role: oneOf(roles), chainId: Id } }),
      response: { 200: Page(Bill), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        let rows = db.selectFrom('bill').selectAll();
        if (actor.orgKind !== 'regulator') rows = rows.where(roleColumns[query.role ?? 'drawer'], '=', actor.orgId);
        if (query.chainId !== undefined) rows = rows.where('chain_id', '=', query.chainId);
        return pageOf(rows, { table: bills, answer: billAnswer, page: query, sorts: newest });
      }) as never,
  });

  app.get('/v1/bills/:billId', {
    config: { permission: 'bill:read' },
    schema: {
      operationId: 'getBill',
      summary: 'One bill',
      tags,
      params: object({ billId: Id }),
      response: { 200: Bill, ...problems(404) },
    },
    handler: ({ actor, params: { billId } }) =>
      readAs(database, actor, async (db) => billAnswer(await billById(db, billId))) as never,
  });

  app.get('/v1/bills/:billId/holdings', {
    config: { permission: 'bill:read' },
    schema: {
      operationId: 'listBillHoldings',
      summary: 'The holdings that make up a bill, in the order of their units, as far as one may see them',
      tags,
      params: object({ billId: Id }),
      querystring: pageQuery({ sorts: byUnit, filters: {} }),
      response: { 200: Page(BillHolding), ...problems(404) },
    },
    handler: ({ actor, params: { billId }, query }) =>
      readAs(database, actor, async (db) => {
        await billById(db, billId);
        const rows = db.selectFrom('bill_holding').selectAll().where('bill_id', '=', billId).where('live', '=', true);
        return pageOf(rows, { table: billHoldings, answer: billHoldingAnswer, page: query, sorts: byUnit });
      }) as never,
  });

  app.get('/v1/bill-holdings', {
    config: { permission: 'bill:read' },
    schema: {
      operationId: 'listOwnBillHoldings',
      summary: 'The holdings in one’s own hand, or pledged to one',
      tags,
      querystring: pageQuery({
        sorts: newest,
        filters: {
          side: oneOf(['holder', 'pledgee']),
          billId: Id,
          billState: BillStateName,
          circulation: CirculationName,
        },
      }),
      response: { 200: Page(BillHolding), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => {
        const side = query.side === 'pledgee' ? 'pledgee_id' : 'holder_id';
        let rows = db.selectFrom('bill_holding').selectAll().where(side, '=', actor.orgId).where('live', '=', true);
        if (query.billId !== undefined) rows = rows.where('bill_id', '=', query.billId);
        if (query.billState !== undefined) rows = rows.where('standing', 'like', `${query.billState}.%`);
        if (query.circulation !== undefined) rows = rows.where('standing', 'like', `%.${query.circulation}`);
        return pageOf(rows, { table: billHoldings, answer: billHoldingAnswer, page: query, sorts: newest });
      }) as never,
  });

  app.get('/v1/bill-holdings/:holdingId', {
    config: { permission: 'bill:read' },
    schema: {
      operationId: 'getBillHolding',
      summary: 'One holding with its chain of title',
      tags,
      params: object({ holdingId: Id }),
      response: { 200: BillHolding, ...problems(404) },
    },
    handler: ({ actor, params: { holdingId } }) =>
      readAs(database, actor, async (db) => billHoldingAnswer(await holdingById(db, holdingId))) as never,
  });

  app.post(
    '/v1/bill-disclosures',
    runs(platform, discloseBills, {
      config: { permission: 'bill:disclose' },
      schema: {
        operationId: 'discloseBills',
        summary: 'The acceptor discloses bills it accepted, or corrects what it disclosed',
        description:
          'What is disclosed must agree with the bill in all eight fields before it can be discounted, pledged or guaranteed.',
        tags,
        body: object({ items: Type.Array(NewDisclosure, { minItems: 1, maxItems: 1000 }) }),
        response: { 200: object({ disclosures: Type.Array(Disclosure) }), ...problems(403, 404, 409) },
      },
      input: async ({ actor, body }) => {
        const located = await locateBills(
          database,
          actor,
          body.items.map(({ billId }) => billId),
        );
        return {
          items: body.items.map((item, i) => ({ ...item, ...located[i], amount: parseMoney(item.amount) }) as never),
        };
      },
    }),
  );

  app.get('/v1/bills/:billId/disclosure', {
    config: { permission: 'bill:read' },
    schema: {
      operationId: 'getBillDisclosure',
      summary: 'What the acceptor has disclosed about a bill',
      tags,
      params: object({ billId: Id }),
      response: { 200: Disclosure, ...problems(404) },
    },
    handler: ({ actor, params: { billId } }) =>
      readAs(database, actor, async (db) =>
        disclosureAnswer(await rowOf(db, billDisclosures, 'bill_id', billId)),
      ) as never,
  });
};
