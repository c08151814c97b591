import { lookup as resolve } from 'node:dns';
import { type ClientRequestArgs, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { isLoopback, isPublic } from './addresses.ts';

export type Answer =
  | Readonly<{ status: number; retryAfterS: number | null }>
  /** No answer: why, in words that hold nothing of what the receiver said. */
  | Readonly<{ status: null; reason: string }>;

export type Post = Readonly<{ url: string; headers: Readonly<Record<string, string>>; body: string }>;

/** Posts a message and answers what came back, never by throwing. */
export type Sender = (post: Post) => Promise<Answer>;

/** The most of an answer that is read; nothing of it is kept. */
const MOST_BYTES = 64 * 1024;

type Lookup = NonNullable<ClientRequestArgs['lookup']>;

/**
 * A sender that calls only public addresses: the name is resolved once, every address it has is checked, and the
 * connection goes to one of them, so that a name cannot change its meaning in between. Redirects are not followed, and
 * `timeoutMs` bounds the whole exchange.
 */
export function createSender({ timeoutMs, allowLocalhost }: { timeoutMs: number; allowLocalhost: boolean }): Sender {
  const isCallable = (address: string): boolean => isPublic(address) || (allowLocalhost && isLoopback(address));
  const lookup: Lookup = (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '');
      if (addresses.length === 0 || !addresses.every(({ address }) => isCallable(address))) {
        return callback(new Error('the host has an address that is not public'), '');
      }
      const [first] = addresses as [{ address: string; family: number }];
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };

  return ({ url, headers, body }) =>
    new Promise((settle) => {
      const { protocol, hostname } = new URL(url);
      const host = hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) !== 0 && !isCallable(host)) return settle({ status: null, reason: 'the address is not public' });
      const fail = (error: Error & { code?: string }) => settle({ status: null, reason: error.code ?? error.message });
      const send = protocol === 'https:' ? requestHttps : requestHttp;
      const request = send(
        url,
        {
          method: 'POST',
          lookup,
          agent: false,
          signal: AbortSignal.timeout(timeoutMs),
          headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        },
        (response) => {
          let bytes = 0;
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > MOST_BYTES) response.destroy(new Error(`the answer is longer than ${MOST_BYTES} bytes`));
          });
          response.on('error', fail);
          response.on('end', () =>
            settle({ status: response.statusCode ?? 0, retryAfterS: secondsOf(response.headers['retry-after']) }),
          );
        },
      );
      request.on('error', (error) =>
        fail(
          error.name === 'TimeoutError' || error.name === 'AbortError'
            ? new Error(`no answer in ${timeoutMs} ms`)
            : error,
        ),
      );
      request.end(body);
    });
}

const secondsOf = (retryAfter: string | undefined): number | null =>
  retryAfter !== undefined && /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) : null;
