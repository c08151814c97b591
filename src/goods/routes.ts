import type { FastifyPluginAsyncTypebox, Static } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { Decimal, parseDecimal } from '../money/decimal.ts';
import { readAs } from '../platform/database.ts';
import { runs } from '../platform/http/command-route.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, object, Page, problems } from '../platform/http/schemas.ts';
import { addCommodity, addGrade } from './catalogue.ts';
import type { StockKeeper } from './keeper.ts';
import { recordDocument } from './movement.ts';
import {
  byCode,
  byName,
  commodityAnswers,
  gradeAnswers,
  gradeSorts,
  lotAnswers,
  lotOf,
  movementAnswers,
  newest,
  partiesOfLots,
  pileAnswers,
  warehouseAnswers,
} from './queries.ts';
import {
  Commodity,
  Grade,
  Lot,
  LotStateName,
  NewCommodity,
  NewDocument,
  NewGrade,
  NewPile,
  NewWarehouse,
  Pile,
  StockMovement,
  Warehouse,
  WarehouseDocument,
} from './schemas.ts';
import { addPile, addWarehouse } from './warehouses.ts';

const tags = ['Goods'];
const warehouseParams = object({ warehouseId: Id });

type Body = Static<typeof NewDocument>;
const linesOf = (body: Body) => ({
  arrivals: ('arrivals' in body ? body.arrivals : []).map(({ quantity, unitCost, pledgeId, ...goods }) => ({
    ...goods,
    quantity: parseDecimal(quantity),
    unitCost: unitCost === undefined ? null : parseDecimal(unitCost),
    pledgeId: pledgeId ?? null,
  })),
  departures: ('departures' in body ? body.departures : []).map(({ lotId, quantity }) => ({
    lotId,
    quantity: parseDecimal(quantity),
  })),
  counts: ('counts' in body ? body.counts : []).map(({ lotId, counted }) => ({
    lotId,
    counted: parseDecimal(counted),
  })),
});

/** The goods: what they are, where they lie, what they are quoted at. */
export const goodsRoutes = (keeper: StockKeeper): FastifyPluginAsync<Platform> => {
  const document = recordDocument(keeper);
  const routes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
    const { database } = platform;

    app.post(
      '/v1/commodities',
      runs(platform, addCommodity, {
        config: { permission: 'commodity:manage' },
        schema: {
          operationId: 'addCommodity',
          summary: 'Add a commodity',
          description: 'Unit and step are for good: quantities are counted in them.',
          tags,
          body: NewCommodity,
          response: { 201: Commodity, ...problems(409) },
        },
        input: ({ body }) => ({ ...body, step: new Decimal(body.step) }),
      }),
    );
    app.get('/v1/commodities', {
      config: { permission: 'goods:read' },
      schema: {
        operationId: 'listCommodities',
        summary: 'List commodities',
        tags,
        querystring: pageQuery({ sorts: byCode }),
        response: { 200: Page(Commodity) },
      },
      handler: ({ actor, query }) =>
        readAs(database, actor, (db) => paginate(commodityAnswers(db), { page: query, sorts: byCode }) as never),
    });
    app.post(
      '/v1/commodities/:commodityId/grades',
      runs(platform, addGrade, {
        config: { permission: 'commodity:manage' },
        schema: {
          operationId: 'addGrade',
          summary: 'Add a grade of a commodity',
          tags,
          params: object({ commodityId: Id }),
          body: NewGrade,
          response: { 201: Grade, ...problems(404, 409) },
        },
        input: ({ params: { commodityId }, body }) => ({ commodityId, ...body }),
      }),
    );
    app.get('/v1/grades', {
      config: { permission: 'goods:read' },
      schema: {
        operationId: 'listGrades',
        summary: 'List grades',
        tags,
        querystring: pageQuery({ sorts: gradeSorts, filters: { commodityId: Id } }),
        response: { 200: Page(Grade) },
      },
      handler: ({ actor, query }) =>
        readAs(database, actor, (db) => {
          let rows = gradeAnswers(db);
          if (query.commodityId !== undefined) rows = rows.where('commodity_id', '=', query.commodityId);
          return paginate(rows, { page: query, sorts: gradeSorts }) as never;
        }),
    });

    app.post(
      '/v1/warehouses',
      runs(platform, addWarehouse, {
        config: { permission: 'warehouse:manage' },
        schema: {
          operationId: 'addWarehouse',
          summary: 'Add a warehouse of your own',
          tags,
          body: NewWarehouse,
          response: { 201: Warehouse, ...problems(409) },
        },
        input: ({ body }) => body,
      }),
    );
    app.get('/v1/warehouses', {
      config: { permission: 'goods:read' },
      schema: {
        operationId: 'listWarehouses',
        summary: 'List warehouses',
        tags,
        querystring: pageQuery({ sorts: byName, filters: { operatorId: Id } }),
        response: { 200: Page(Warehouse) },
      },
      handler: ({ actor, query }) =>
        readAs(database, actor, (db) => {
          let rows = warehouseAnswers(db);
          if (query.operatorId !== undefined) rows = rows.where('operator_id', '=', query.operatorId);
          return paginate(rows, { page: query, sorts: byName }) as never;
        }),
    });
    app.post(
      '/v1/warehouses/:warehouseId/piles',
      runs(platform, addPile, {
        config: { permission: 'warehouse:manage' },
        schema: {
          operationId: 'addPile',
          summary: 'Add a pile to a warehouse of your own',
          tags,
          params: warehouseParams,
          body: NewPile,
          response: { 201: Pile, ...problems(404, 409) },
        },
        input: ({ params: { warehouseId }, body }) => ({ warehouseId, ...body }),
      }),
    );
    app.get('/v1/warehouses/:warehouseId/piles', {
      config: { permission: 'goods:read' },
      schema: {
        operationId: 'listPiles',
        summary: 'List the piles of a warehouse in which you have goods',
        tags,
        params: warehouseParams,
        querystring: pageQuery({ sorts: newest }),
        response: { 200: Page(Pile) },
      },
      handler: ({ actor, query, params }) =>
        readAs(
          database,
          actor,
          (db) =>
            paginate(pileAnswers(db).where('warehouse_id', '=', params.warehouseId), {
              page: query,
              sorts: newest,
            }) as never,
        ),
    });

    app.post(
      '/v1/warehouses/:warehouseId/documents',
      runs(platform, document, {
        config: { permission: 'stock:move' },
        schema: {
          operationId: 'recordWarehouseDocument',
          summary: 'Report goods that arrive, leave, are exchanged or counted',
          description:
            'Documents come in the order of their numbers. The same document again is given its first answer. What would ' +
            'break the line of a pledge is refused, with the value that is missing.',
          tags,
          params: warehouseParams,
          body: NewDocument,
          response: { 201: WarehouseDocument, ...problems(403, 404, 409, 422) },
        },
        input: async ({ params: { warehouseId }, body, actor }) => {
          const lines = linesOf(body);
          const pledgeIds = lines.arrivals.flatMap(({ pledgeId }) => (pledgeId === null ? [] : [pledgeId]));
          const lotIds = [...lines.departures, ...lines.counts].map(({ lotId }) => lotId);
          const known = await partiesOfLots(database, actor, lotIds);
          return {
            ...lines,
            warehouseId,
            parties: [...known.owners, ...lines.arrivals.map(({ ownerId }) => ownerId)],
            bookIds: [...known.banks, ...(await keeper.banksOf(database, actor, pledgeIds))],
            documentNumber: body.documentNumber,
            sequence: body.sequence,
            kind: body.kind,
            happenedAt: body.happenedAt,
            content: body,
          };
        },
      }),
    );
    app.get('/v1/warehouses/:warehouseId/documents', {
      config: { permission: 'goods:read' },
      schema: {
        operationId: 'listStockMovements',
        summary: 'List the documents of a warehouse about goods one has a part in',
        tags,
        params: warehouseParams,
        querystring: pageQuery({ sorts: newest }),
        response: { 200: Page(StockMovement) },
      },
      handler: ({ actor, query, params }) =>
        readAs(
          database,
          actor,
          (db) =>
            paginate(movementAnswers(db).where('warehouse_id', '=', params.warehouseId), {
              page: query,
              sorts: newest,
            }) as never,
        ),
    });

    app.get('/v1/lots', {
      config: { permission: 'goods:read' },
      schema: {
        operationId: 'listLots',
        summary: 'List lots that one owns, keeps or holds as security',
        tags,
        querystring: pageQuery({
          sorts: newest,
          filters: { warehouseId: Id, pledgeId: Id, receiptId: Id, state: LotStateName },
        }),
        response: { 200: Page(Lot) },
      },
      handler: ({ actor, query }) =>
        readAs(database, actor, (db) => {
          let rows = lotAnswers(db);
          if (actor.orgKind === 'enterprise') rows = rows.where('owner_id', '=', actor.orgId);
          if (query.warehouseId !== undefined) rows = rows.where('warehouse_id', '=', query.warehouseId);
          if (query.pledgeId !== undefined) rows = rows.where('pledge_id', '=', query.pledgeId);
          if (query.receiptId !== undefined) rows = rows.where('receipt_id', '=', query.receiptId);
          if (query.state !== undefined) rows = rows.where('state', '=', query.state);
          return paginate(rows, { page: query, sorts: newest }) as never;
        }),
    });
    app.get('/v1/lots/:lotId', {
      config: { permission: 'goods:read' },
      schema: {
        operationId: 'getLot',
        summary: 'One lot',
        tags,
        params: object({ lotId: Id }),
        response: { 200: Lot, ...problems(404) },
      },
      handler: async ({ actor, params: { lotId } }, reply) => {
        const lot = await readAs(database, actor, (db) => lotOf(db, lotId));
        reply.header('etag', `"${lot.version}"`);
        return lot as never;
      },
    });
  };
  return routes as unknown as FastifyPluginAsync<Platform>;
};
