import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, object, problems } from '../platform/http/schemas.ts';
import { locatePledge, locateProgramme } from './queries.ts';
import { Attestation, LotIds, NewPledge, NewSupervision, Pledge } from './schemas.ts';
import { appointSupervisor, attestControl, confirmPledge, offerLots, openPledge, withdrawLots } from './setup.ts';

const tags = ['Inventory pledges'];
const params = object({ pledgeId: Id });
const response = { 200: Pledge, ...problems(403, 404, 409, 412, 422) };

/** From the first lot offered to the pledge that the bank lends on. */
export const pledgeSetupRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  const { database } = platform;

  app.post(
    '/v1/inventory-pledges',
    runs(platform, openPledge, {
      config: { permission: 'pledge:offer' },
      schema: {
        operationId: 'openInventoryPledge',
        summary: 'Set up a pledge of goods with the bank of a programme',
        tags,
        body: NewPledge,
        response: { 201: Pledge, ...problems(404, 409) },
      },
      input: async ({ body, actor }) => ({
        ...(await locateProgramme(database, actor, body.programmeId)),
        mode: body.mode,
        purchaseMoney: body.purchaseMoney ?? false,
      }),
    }),
  );

  for (const [path, operationId, summary, useCase] of [
    ['offers', 'offerLots', 'Offer lots of your own', offerLots],
    ['withdrawals', 'withdrawLots', 'Take offered lots back', withdrawLots],
  ] as const) {
    app.post(
      `/v1/inventory-pledges/:pledgeId/${path}`,
      runsIfMatch(platform, useCase, {
        config: { permission: 'pledge:offer' },
        schema: { operationId, summary, tags, params, body: LotIds, response },
        input: async ({ params: { pledgeId }, body, actor }, expectedVersion) => ({
          ...(await locatePledge(database, actor, pledgeId)),
          lotIds: body.lotIds,
          expectedVersion,
        }),
      }),
    );
  }

  app.post(
    '/v1/inventory-pledges/:pledgeId/supervisor',
    runsIfMatch(platform, appointSupervisor, {
      config: { permission: 'pledge:supervise' },
      schema: {
        operationId: 'appointSupervisor',
        summary: 'Appoint the operator of a warehouse as supervisor',
        description: 'By the lender, with the agreement and the search of the register made before lending.',
        tags,
        params,
        body: object({ warehouseId: Id, ...NewSupervision.properties }),
        response,
      },
      input: async ({ params: { pledgeId }, body, actor }, expectedVersion) => {
        const { warehouseId, insurance, ...supervision } = body;
        const located = await locatePledge(database, actor, pledgeId);
        return {
          ...located,
          warehouseId,
          supervision: { ...supervision, insurance: insurance ?? null },
          expectedVersion,
        };
      },
    }),
  );

  app.post(
    '/v1/inventory-pledges/:pledgeId/attestation',
    runsIfMatch(platform, attestControl, {
      config: { permission: 'pledge:attest' },
      schema: {
        operationId: 'attestControl',
        summary: 'Attest that you control the goods, with evidence',
        tags,
        params,
        body: Attestation,
        response,
      },
      input: async ({ params: { pledgeId }, body, actor }, expectedVersion) => ({
        ...(await locatePledge(database, actor, pledgeId)),
        controlledFrom: new Date(body.controlledFrom).toISOString(),
        evidence: body.evidence,
        expectedVersion,
      }),
    }),
  );

  app.post(
    '/v1/inventory-pledges/:pledgeId/confirmation',
    runsIfMatch(platform, confirmPledge, {
      config: { permission: 'pledge:decide' },
      schema: {
        operationId: 'confirmInventoryPledge',
        summary: 'Confirm the list: the lots are pledged and may be drawn upon',
        tags,
        params,
        response,
      },
      input: async ({ params: { pledgeId }, actor }, expectedVersion) => ({
        ...(await locatePledge(database, actor, pledgeId)),
        expectedVersion,
      }),
    }),
  );
};
