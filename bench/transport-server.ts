/** The other side of bench/transport.ts, in a process of its own: a collector that takes 5 ms for each call; ends with stdin. */
import { createServer } from 'node:http';
import { serveUntilStdinEnds } from './other-side.ts';

const DELAY_MS = 5;
let spans = 0;

const server = createServer((request, response) => {
  request.resume().once('end', () => {
    setTimeout(() => {
      spans += 1;
      const body = JSON.stringify({ status: 'success', details: { id: `span-${spans}` } });
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
      response.end(body);
    }, DELAY_MS);
  });
});
serveUntilStdinEnds(server);
