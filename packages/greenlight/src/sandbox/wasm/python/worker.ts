// The thread of Python boxes: parked in Atomics.wait inside the instance's read, until the pool wakes it.
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { isPythonBoxData, type PythonBoxData } from '../box-data.ts';
import type { BoxCommand, BoxOrder, BoxReply } from '../box-messages.ts';
import { beginCommand, NO_OUTPUT, outputIn } from '../output.ts';
import { poolPort } from '../serve-boxes.ts';
import { ThreadTime } from '../thread-time.ts';
import { type Answer, runPythonMachine } from './machine.ts';

const data: unknown = workerData;
const port = poolPort();
if (!isPythonBoxData(data)) throw new Error('a Python box starts from a snapshot');
const thread: PythonBoxData = data;
const wake = new Int32Array(thread.wake);
const time = new ThreadTime();
/** What the box has been told and not begun, and the command that it does. */
const told: BoxCommand[] = [];
let current: BoxCommand | undefined;

const reply = (message: BoxReply) => port.postMessage(message, []);

function answered({ verdict, peakMemoryMb }: Answer, alive: boolean): BoxReply {
  const { wallMs, cpuMs, threadCpuMs } = time.spent;
  const output = current === undefined ? NO_OUTPUT : outputIn(current.output);
  return { kind: 'answered', verdict, alive, output, wallMs, threadCpuMs, usage: { cpuMs, peakMemoryMb } };
}

/** Undefined: the box is dropped. */
function nextCommand(): BoxCommand | undefined {
  while (told.length === 0) {
    const seen = Atomics.load(wake, 0);
    const received: { message: BoxOrder } | undefined = receiveMessageOnPort(thread.port);
    if (received === undefined) Atomics.wait(wake, 0, seen);
    else if (received.message.kind === 'do') told.push(...received.message.commands);
    else return undefined;
  }
  return told.shift();
}

/** Runs one box to its end. */
function host(memoryMb: number): void {
  const end = runPythonMachine({
    snapshot: thread.snapshot,
    memoryMb,
    next(answer) {
      reply(answer === undefined ? { kind: 'parked' } : answered(answer, true));
      current = nextCommand();
      time.start();
      if (current !== undefined) beginCommand(current.output);
      return current;
    },
  });
  if (end !== undefined) reply(answered(end, false));
}

port.on('message', (order: BoxOrder) => {
  if (order.kind === 'start') host(order.memoryMb);
});
