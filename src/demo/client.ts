import { randomUUID } from 'node:crypto';

/** What an HTTP client needs: `fetch` over the network, or the service's own injection in a test. */
export type Send = (
  request: Readonly<{ method: string; path: string; headers: Record<string, string>; body: string | undefined }>,
) => Promise<Readonly<{ status: number; headers: Record<string, string>; text: string }>>;

// biome-ignore lint/suspicious/noExplicitAny: a client reads answers of every shape
export type Json = any;
export type Answer = Readonly<{ status: number; headers: Record<string, string>; json: Json }>;
type Options = Readonly<{ body?: unknown; version?: number; key?: string }>;

export type Credentials = Readonly<{ clientId: string; clientSecret: string }>;

/** One API client of one person: takes its own tokens. */
export type Client = Readonly<{
  credentials: Credentials;
  call: (method: string, path: string, options?: Options) => Promise<Answer>;
  /** The answer's JSON; throws with the problem document when the service refuses. */
  get: (path: string) => Promise<Json>;
  post: (path: string, body?: unknown, version?: number) => Promise<Json>;
  token: () => Promise<string>;
}>;

/** Sends over HTTP to an address such as http://127.0.0.1:3000. */
export const overHttp =
  (address: string): Send =>
  async ({ method, path, headers, body }) => {
    const answer = await fetch(`${address}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
  };

const RENEW_BEFORE_MS = 60_000;

/** A client with these credentials. Its clock only decides when a token is renewed. */
export function createClient(send: Send, credentials: Credentials, now: () => number = Date.now): Client {
  let held: { token: string; until: number } | undefined;

  async function token(): Promise<string> {
    if (held !== undefined && now() < held.until) return held.token;
    const { status, text } = await send({
      method: 'POST',
      path: '/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: credentials.clientId,
        client_secret: credentials.clientSecret,
      }).toString(),
    });
    if (status !== 200) throw new Error(`no token: ${text}`);
    const answer = JSON.parse(text) as { access_token: string; expires_in: number };
    held = { token: answer.access_token, until: now() + answer.expires_in * 1000 - RENEW_BEFORE_MS };
    return held.token;
  }

  async function call(method: string, path: string, { body, version, key }: Options = {}): Promise<Answer> {
    const headers: Record<string, string> = { authorization: `Bearer ${await token()}` };
    if (method !== 'GET') headers['idempotency-key'] = key ?? randomUUID();
    if (version !== undefined) headers['if-match'] = `"${version}"`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const answer = await send({ method, path, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const isJson = /json/.test(answer.headers['content-type'] ?? '');
    return { status: answer.status, headers: answer.headers, json: isJson ? JSON.parse(answer.text) : answer.text };
  }

  async function must(method: string, path: string, options: Options): Promise<Json> {
    const { status, json } = await call(method, path, options);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json)}`);
    return json;
  }

  return {
    credentials,
    token,
    call,
    get: (path) => must('GET', path, {}),
    post: (path, body, version) =>
      must('POST', path, { ...(body === undefined ? {} : { body }), ...(version === undefined ? {} : { version }) }),
  };
}
