// The thread of one JavaScript box.
import { workerData } from 'node:worker_threads';
import { isJavaScriptBoxData } from '../box-data.ts';
import { poolPort, serveCommands, tellParked } from '../serve-commands.ts';
import { JavaScriptMachine } from './machine.ts';
import { warmStripper } from './strip-types.ts';

const data: unknown = workerData;
const port = poolPort();
if (!isJavaScriptBoxData(data)) throw new Error('a JavaScript box starts with its engine and its harness');
if (data.stripsTypes) warmStripper();
const machine = new JavaScriptMachine(data);
serveCommands(port, machine, 'the engine');
await machine.park(data.memoryMb);
tellParked(port);

// One at a time, so that a command that comes meanwhile waits for one at most.
function prepare(): void {
  if (machine.prepare()) setImmediate(prepare);
}
setImmediate(prepare);
