/** The servers of bench/process.ts, each in a process of its own: `reflex`, or a bare `echo` of the text; ends with stdin. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { startReflexServer } from '@switchyard/reflex';

if (process.argv[2] === 'reflex') {
  const server = await startReflexServer({ host: '127.0.0.1', port: 0, version: 'bench', limits: {} });
  console.log(server.url);
  process.stdin.resume().once('end', () => void server.close());
} else {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const answer = JSON.stringify(JSON.parse(body));
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
      response.end(answer);
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    console.log(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : ''}`);
  });
  process.stdin.resume().once('end', () => {
    server.close();
    server.closeAllConnections();
  });
}
