// The thread of JavaScript boxes.
import { workerData } from 'node:worker_threads';
import { isJavaScriptBoxData } from '../box-data.ts';
import { poolPort, serveBoxes } from '../serve-boxes.ts';
import { JavaScriptMachine } from './machine.ts';
import { warmStripper } from './strip-types.ts';

const data: unknown = workerData;
if (!isJavaScriptBoxData(data)) throw new Error('a JavaScript box starts with its engine and its harness');
const parts = data;
if (parts.stripsTypes) warmStripper();

async function start(memoryMb: number): Promise<JavaScriptMachine> {
  const machine = new JavaScriptMachine(parts);
  await machine.park(memoryMb);
  // One at a time, so that a command that comes meanwhile waits for one at most.
  const prepare = (): void => {
    if (machine.prepare()) setImmediate(prepare);
  };
  setImmediate(prepare);
  return machine;
}
serveBoxes(poolPort(), start, 'the engine');
