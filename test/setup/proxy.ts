import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be cut, and mended again. */
export interface ServerProxy {
  /** The server's address, by this way. */
  readonly url: string;
  /** Breaks every connection, and refuses new ones. */
  readonly cut: () => void;
  readonly mend: () => void;
  /** From now on a commit reaches the server, and its answer is lost with the connection. */
  readonly loseCommits: () => void;
  readonly close: () => Promise<void>;
}

type Mode = 'open' | 'cut' | 'losing_commits';

/** Stands between a client and the PostgreSQL of the address. */
export async function startProxy(serverUrl: string): Promise<ServerProxy> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let mode: Mode = 'open';
  const server = createServer((client) => {
    if (mode === 'cut') {
      client.destroy();
      return;
    }
    const upstream = connect(Number(target.port || 5432), target.hostname);
    for (const socket of [client, upstream]) remember(sockets, socket);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    let isLosing = false;
    client.on('data', (data) => {
      if (mode === 'losing_commits' && data.includes('commit\0')) isLosing = true;
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (isLosing) client.destroy();
      else client.write(data);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: urlBy(server.address(), target),
    cut() {
      mode = 'cut';
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      mode = 'open';
    },
    loseCommits() {
      mode = 'losing_commits';
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function remember(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.on('error', () => {}); // To be cut off is what it is for.
  socket.on('close', () => sockets.delete(socket));
}

function urlBy(address: string | { readonly port: number } | null, target: URL): string {
  if (address === null || typeof address === 'string') throw new Error('No port.');
  const url = new URL(target);
  url.host = `127.0.0.1:${address.port}`;
  return url.href;
}
