import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { runs, runsIfMatch } from '../platform/http/command-route.ts';
import { pageQuery } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Id, Page, problems, Uscc } from '../platform/http/schemas.ts';
import { changeMember } from './member-change.ts';
import { inviteMember, memberTransition, registerMember } from './member-commands.ts';
import { listMembers, memberSorts, readMember } from './queries.ts';
import {
  InChain,
  InvitationBody,
  Member,
  MemberChange,
  MemberStatus,
  OfMember,
  ReasonBody,
  RegisterBody,
  Side,
  Tier,
} from './schemas.ts';

const tags = ['Chains'];

const transitions = {
  decline: ['Decline an invitation', 'member:answer'],
  withdraw: ['Withdraw an invitation that is not answered', 'member:invite'],
  verify: ['Verify a registered member; by a bank of the chain or the platform operator', 'member:verify'],
  suspend: ['Suspend a member: its trade gives rise to no new business', 'member:invite'],
  reinstate: ['Reinstate a suspended member, to be verified anew', 'member:invite'],
  exit: ['Leave a chain, or have a member leave it', 'member:change'],
} as const;

/** Members of a chain: invited, registered, verified, changed, suspended, reinstated and gone. */
export const memberRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, platform) => {
  app.post(
    '/v1/chains/:chainId/members',
    runs(platform, inviteMember, {
      config: { permission: 'member:invite' },
      schema: {
        operationId: 'inviteMember',
        summary: 'Invite an organization into a chain, registering it when it is new to the platform',
        description:
          'Tags are set by the platform operator; industry and figures stay declared until the member registers.',
        tags,
        params: InChain,
        body: InvitationBody,
        response: { 201: Member, ...problems(403, 404, 409, 422) },
      },
      input: ({ params, body }) => {
        const { uscc, legalName, side, tier, parentMemberId, paymentTermDays, contact, ...profile } = body;
        return {
          ...{ ...params, uscc, legalName, side, tier, profile },
          parentMemberId: parentMemberId ?? null,
          paymentTermDays: paymentTermDays ?? null,
          contact: contact ?? null,
        };
      },
    }),
  );

  app.get('/v1/chains/:chainId/members', {
    config: { permission: 'member:read' },
    schema: {
      operationId: 'listMembers',
      summary: 'List the members one sees: all as core enterprise or bank, else oneself and the tiers next to it',
      tags,
      params: InChain,
      querystring: pageQuery({
        sorts: memberSorts,
        filters: { side: Side, tier: Tier, status: MemberStatus, parentMemberId: Id, organizationId: Id, uscc: Uscc },
      }),
      response: { 200: Page(Member), ...problems(404) },
    },
    handler: ({ actor, params, query }) =>
      readAs(platform.database, actor, (db) =>
        listMembers(db, { viewer: actor, chainId: params.chainId, filters: query, page: query }),
      ),
  });

  app.get('/v1/chains/:chainId/members/:memberId', {
    config: { permission: 'member:read' },
    schema: {
      operationId: 'readMember',
      summary: 'Read a member',
      tags,
      params: OfMember,
      response: { 200: Member, ...problems(404) },
    },
    handler: ({ actor, params }) => readAs(platform.database, actor, (db) => readMember(db, params, actor)),
  });

  app.patch(
    '/v1/chains/:chainId/members/:memberId',
    runsIfMatch(platform, changeMember, {
      config: { permission: 'member:change' },
      schema: {
        operationId: 'changeMember',
        summary: 'Change a member',
        description:
          'The core enterprise changes contact, and place and payment term of who has not registered yet; the member ' +
          'its contact and settlement account.',
        tags,
        params: OfMember,
        body: MemberChange,
        response: { 200: Member, ...problems(404, 409, 422) },
      },
      input: ({ params, body }, expectedVersion) => ({ ...params, ...body, expectedVersion }),
    }),
  );

  app.post(
    '/v1/chains/:chainId/members/:memberId/register',
    runsIfMatch(platform, registerMember, {
      config: { permission: 'member:answer' },
      schema: {
        operationId: 'registerMember',
        summary: 'Accept an invitation with its place and payment term',
        description:
          'Confirms industry and figures as whoever invited the organization declared them, with what is corrected here.',
        tags,
        params: OfMember,
        body: RegisterBody,
        response: { 200: Member, ...problems(403, 404, 409) },
      },
      input: ({ params, body: { settlementAccountId, ...figures } }, expectedVersion) => ({
        ...params,
        settlementAccountId: settlementAccountId ?? null,
        figures,
        expectedVersion,
      }),
    }),
  );

  for (const event of ['decline', 'withdraw', 'verify', 'suspend', 'reinstate', 'exit'] as const) {
    const [summary, permission] = transitions[event];
    app.post(
      `/v1/chains/:chainId/members/:memberId/${event}`,
      runsIfMatch(platform, memberTransition(event), {
        config: { permission },
        schema: {
          operationId: `${event}Member`,
          summary,
          tags,
          params: OfMember,
          body: ReasonBody,
          response: { 200: Member, ...problems(404, 409) },
        },
        input: ({ params, body }, expectedVersion) => ({ ...params, reason: body.reason ?? null, expectedVersion }),
      }),
    );
  }
};
