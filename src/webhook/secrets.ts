import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { deriveKey } from '../identity/master-key.ts';

type Keyed = Readonly<{ id: string; secretSalt: Buffer; secretNumber: number }>;

/**
 * Secrets of endpoints. As with API clients, a secret is derived from the endpoint, its random salt and the number of
 * the secret under the master key: it is stored nowhere, and whoever has the database alone can sign nothing.
 */
export type WebhookSecrets = Readonly<{
  /** The present secret in the form of Standard Webhooks, "whsec_" and base64. */
  reveal: (of: Keyed) => string;
  /** The value of the header webhook-signature: one signature, two while the secret before serves on. */
  sign: (
    of: Keyed & Readonly<{ previousSecretUntil: string | null }>,
    message: Readonly<{ id: string; body: string; now: Date }>,
  ) => string;
}>;

/** Makes the webhook secrets of a service with this master key. */
export function createWebhookSecrets(masterKey: Buffer): WebhookSecrets {
  const key = deriveKey(masterKey, 'webhook secrets');
  const reveal = ({ id, secretSalt, secretNumber }: Keyed): string =>
    `whsec_${createHmac('sha256', key).update(`${id} ${secretNumber} `).update(secretSalt).digest('base64')}`;
  return {
    reveal,
    sign: (of, { id, body, now }) => {
      const previous = (of.previousSecretUntil ?? '') > now.toISOString() && of.secretNumber > 1;
      const numbers = previous ? [of.secretNumber, of.secretNumber - 1] : [of.secretNumber];
      return numbers.map((secretNumber) => new Webhook(reveal({ ...of, secretNumber })).sign(id, now, body)).join(' ');
    },
  };
}
