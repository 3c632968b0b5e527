// The thread of one JavaScript box.
import { parentPort, workerData } from 'node:worker_threads';
import { isJavaScriptBoxData } from '../box-data.ts';
import type { BoxCommand, BoxReply } from '../box-messages.ts';
import { JavaScriptMachine } from './machine.ts';
import { warmStripper } from './strip-types.ts';

const data: unknown = workerData;
const port = parentPort;
if (port === null || !isJavaScriptBoxData(data)) throw new Error('a JavaScript box starts as a worker of the pool');
if (data.stripsTypes) warmStripper();
const machine = new JavaScriptMachine(data);

const reply = (message: BoxReply) => port.postMessage(message);

port.on('message', (command: BoxCommand) => {
  void machine.answer(command).then(
    (verdict) => reply({ kind: 'answered', verdict, alive: true }),
    (error: unknown) => {
      const reason = `the engine broke down (${error instanceof Error ? error.message : String(error)})`;
      reply({ kind: 'answered', verdict: { kind: 'lost', reason }, alive: false });
    },
  );
});

await machine.park(data.memoryMb);
reply({ kind: 'parked' });

// One at a time, so that a command that comes meanwhile waits for one at most.
function prepare(): void {
  if (machine.prepare()) setImmediate(prepare);
}
setImmediate(prepare);
