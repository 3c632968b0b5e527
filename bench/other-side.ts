import type { Server } from 'node:http';

/** Serves one benchmark from a process of its own: says its port on stdout, and ends with stdin, whatever is still connected. */
export function serveUntilStdinEnds(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    console.log(typeof address === 'object' && address !== null ? address.port : '');
  });
  process.stdin.resume().once('end', () => {
    server.close();
    server.closeAllConnections();
  });
}
