import { connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';

/** Where the connection breaks: the statement never arrives, or it is done and its answer is lost. */
export type Cut = Readonly<{ roundTrip: number; when: 'before' | 'after' }>;

/**
 * A line to PostgreSQL that breaks once, at the round trip named: counts the messages after which a client waits, over
 * all connections.
 */
export async function cuttingProxy(t: Pick<Test, 'teardown'>, ownerUrl: string) {
  const target = new URL(ownerUrl);
  const sockets = new Set<Socket>();
  let cut: Cut | null = null;
  let roundTrips = 0;

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay(true));
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    let deaf = false;
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    client.on('close', end);
    upstream.on('close', end);
    client.on(
      'data',
      forwardingFrames({ startup: true }, (type, frame) => {
        if (type === 'Q' || type === 'S') roundTrips += 1;
        const here = (type === 'Q' || type === 'S') && roundTrips === cut?.roundTrip;
        if (here && cut?.when === 'before') return end();
        deaf ||= here;
        upstream.write(frame);
      }),
    );
    upstream.on(
      'data',
      forwardingFrames({ startup: false }, (type, frame) => {
        if (!deaf) client.write(frame);
        else if (type === 'Z') end();
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const url = new URL(ownerUrl);
  url.port = String((server.address() as { port: number }).port);
  return {
    url: url.href,
    roundTrips: () => roundTrips,
    /** Breaks the line at a round trip counted from now, once; null: never. */
    arm: (next: Cut | null) => {
      roundTrips = 0;
      cut = next;
    },
  };
}

/** Takes a stream apart into messages: a byte of type, four of length; a client's first message has no type. */
function forwardingFrames({ startup }: { startup: boolean }, take: (type: string, frame: Buffer) => void) {
  let rest = Buffer.alloc(0);
  let untyped = startup;
  return (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const header = untyped ? 0 : 1;
      if (rest.length < header + 4) return;
      const length = header + rest.readInt32BE(header);
      if (rest.length < length) return;
      take(untyped ? '' : String.fromCharCode(rest[0] as number), rest.subarray(0, length));
      rest = rest.subarray(length);
      untyped = false;
    }
  };
}
