import { Type } from '@fastify/type-provider-typebox';
import { component, Id, Instant, nullable, object, oneOf, Version } from '../platform/http/schemas.ts';
import { deliveryStates, endpointLifecycle } from './rules.ts';

export const Url = Type.String({
  minLength: 1,
  maxLength: 2000,
  description: 'An https url of a public host, without user, password or fragment.',
  examples: ['https://erp.example.com/hooks/lianrong'],
});

export const Kinds = Type.Array(
  Type.String({ pattern: '^[a-z_]{1,40}\\.(\\*|[a-z_]{1,60})$', examples: ['financing.disbursed', 'payment.*'] }),
  { maxItems: 50, description: 'Kinds of events to send, "payment.*" for all of payment; none for everything.' },
);

export const Description = Type.String({ maxLength: 200, examples: ['ERP'] });

export const EndpointState = oneOf(endpointLifecycle.states, {
  description: 'While paused, deliveries wait; a disabled endpoint is given no new ones.',
});

const endpoint = {
  id: Id,
  url: Url,
  description: Description,
  kinds: Kinds,
  secretNumber: Type.Integer({ minimum: 1, description: 'Counts the secrets the endpoint has had.', examples: [1] }),
  secretSetAt: Instant,
  previousSecretUntil: nullable(Instant),
  status: EndpointState,
  version: Version,
  createdAt: Instant,
};

export const Endpoint = component('WebhookEndpoint', object(endpoint));

export const EndpointWithSecret = component(
  'WebhookEndpointWithSecret',
  object({
    ...endpoint,
    secret: Type.Optional(
      Type.String({
        description: 'Signs deliveries as Standard Webhooks says. Shown in this answer only, within 24 hours.',
        examples: ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
      }),
    ),
  }),
);

export const DeliveryState = oneOf(deliveryStates, {
  description: 'pending: waits for its turn; failed: is tried again; dead: was given up and can be replayed.',
});

export const Delivery = component(
  'WebhookDelivery',
  object({
    id: Id,
    endpointId: Id,
    eventId: Id,
    kind: Type.String({ examples: ['financing.disbursed'] }),
    objectId: Id,
    state: DeliveryState,
    attempts: Type.Integer({ minimum: 0, examples: [1] }),
    nextAttemptAt: Instant,
    responseStatus: nullable(Type.Integer({ examples: [200] })),
    lastError: nullable(Type.String({ examples: ['answered 500'] })),
    deliveredAt: nullable(Instant),
    version: Version,
    createdAt: Instant,
  }),
);

export const Event = component(
  'Event',
  object({
    id: Id,
    kind: Type.String({ examples: ['financing.disbursed'] }),
    objectKind: Type.String({ examples: ['financing'] }),
    objectId: Id,
    actorOrgId: Id,
    actorPersonId: nullable(
      Type.String({ description: 'Told to the acting organization and the regulator; zeros for the service itself.' }),
    ),
    requestId: Type.String({ examples: ['01981f0e-7c3a-7b52-9c61-2f5a8d4e6b10'] }),
    data: Type.Record(Type.String(), Type.Unknown(), { examples: [{ amount: '1000000.00' }] }),
    createdAt: Instant,
  }),
);
