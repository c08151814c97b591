import { relayEvents } from '../platform/outbox.ts';
import { createDeliverer, type DelivererSettings } from './deliverer.ts';
import { fanOut } from './queue.ts';

export type WebhookWorkers = Readonly<{
  /** Takes new events up for their receivers and starts sending them. */
  outbox: () => Promise<void>;
  /** Sends what is due again. */
  deliver: () => Promise<void>;
  /** Resolves when no delivery is under way. */
  idle: () => Promise<void>;
}>;

/** The background work of webhooks. */
export function webhookWorkers(settings: DelivererSettings): WebhookWorkers {
  const deliverer = createDeliverer(settings);
  return {
    outbox: async () => {
      if (await relayEvents(settings.database, 'webhooks', fanOut)) await deliverer.deliver();
    },
    deliver: deliverer.deliver,
    idle: deliverer.idle,
  };
}
