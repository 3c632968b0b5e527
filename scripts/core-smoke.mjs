// `node scripts/core-smoke.mjs ENTRY`: uses what was built of @switchyard/core as a program would, on whichever runtime runs this:
// spans to a collector that refuses the first one, a process, and a worker that is asked twice. Throws when anything is off.
import { createServer } from 'node:http';

const LIMIT = { timeLimitMs: 30_000 };

const core = await import(process.argv.at(-1) ?? '');
const seen = [];
const server = createServer((request, response) => {
  request.resume().once('end', () => {
    const call = `${request.method} ${request.url}`;
    const refused = call === 'POST /base/api/v1/agent_spans' && !seen.includes(call);
    seen.push(call);
    response.writeHead(refused ? 503 : 200, { 'content-type': 'application/json', 'retry-after': '0' });
    response.end(JSON.stringify({ status: 'success', details: { id: 'id-1' } }));
  });
});
await new Promise((resolve) => {
  server.listen(0, '127.0.0.1', resolve);
});
const address = server.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;

const { tracer, shutdown } = core.createCore({ apiUrl: `http://127.0.0.1:${port}/base`, initialRetryDelay: 1 });
const value = await tracer.withSpan({ name: 'smoke' }, () => 42);
const report = await shutdown();
server.close();
server.closeAllConnections();

const environment = { set: { SMOKE: 'yes' } };
const result = await core.runProcess('/bin/sh', ['-c', 'cat; echo $SMOKE'], { ...LIMIT, stdin: 'in ', environment });
const worker = new core.LineWorker('/bin/sh', ['-c', 'while read line; do echo "got $line"; done']);
const lines = [];
for (const line of ['a', 'b']) {
  const answer = await worker.request(line, LIMIT);
  lines.push(answer.status === 'answered' ? answer.line : answer.status);
}
await worker.close();

const happened = {
  value,
  sent: report.sent,
  finishes: report.finishes.sent,
  attempts: seen.filter((call) => call.endsWith('/agent_spans')).length,
  stdout: result.stdout,
  lines,
};
const wanted = { value: 42, sent: 1, finishes: 1, attempts: 2, stdout: 'in yes\n', lines: ['got a', 'got b'] };
if (JSON.stringify(happened) !== JSON.stringify(wanted))
  throw new Error(`not as expected: ${JSON.stringify(happened)}`);
