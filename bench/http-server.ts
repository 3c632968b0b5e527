/** The other side of bench/http.ts, in a process of its own: answers every POST with a small JSON body; ends with stdin. */
import { createServer } from 'node:http';
import { serveUntilStdinEnds } from './other-side.ts';

const ANSWER = JSON.stringify({ status: 'success', details: { id: '0197f1f0-7c5e-7b3a-9a53-3f0f6a1f2c11' } });

const server = createServer((request, response) => {
  request.resume().once('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length });
    response.end(ANSWER);
  });
});
serveUntilStdinEnds(server);
