// The thread of Python boxes: parked in Atomics.wait inside the instance's read, until the pool wakes it.
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { isPythonBoxData, type PythonBoxData } from '../box-data.ts';
import type { BoxCommand, BoxOrder, BoxReply } from '../box-messages.ts';
import { beginCommand, NO_OUTPUT, outputIn } from '../output.ts';
import { poolPort } from '../serve-boxes.ts';
import { ThreadTime } from '../thread-time.ts';
import { type Answer, REHEARSE, runPythonMachine } from './machine.ts';

const data: unknown = workerData;
const port = poolPort();
if (!isPythonBoxData(data)) throw new Error('a Python box starts from a snapshot');
const thread: PythonBoxData = data;
const wake = new Int32Array(thread.wake);
const time = new ThreadTime();
/** What the box has been told and not begun, and the command that it does. */
const told: BoxCommand[] = [];
let current: BoxCommand | undefined;

/** A box that nobody has asked anything of for so long has time to rehearse, milliseconds: under load none has. */
const IDLE_MS = 5;

const reply = (message: BoxReply) => port.postMessage(message, []);

function answered({ verdict, peakMemoryMb }: Answer, alive: boolean): BoxReply {
  const { wallMs, cpuMs, threadCpuMs } = time.spent;
  const output = current === undefined ? NO_OUTPUT : outputIn(current.output);
  return { kind: 'answered', verdict, alive, output, wallMs, threadCpuMs, usage: { cpuMs, peakMemoryMb } };
}

/** Undefined: the box is dropped. `REHEARSE`: there was none for `idleMs`. */
function nextCommand(idleMs = Number.POSITIVE_INFINITY): BoxCommand | typeof REHEARSE | undefined {
  while (told.length === 0) {
    const seen = Atomics.load(wake, 0);
    const received: { message: BoxOrder } | undefined = receiveMessageOnPort(thread.port);
    if (received === undefined) {
      if (Atomics.wait(wake, 0, seen, idleMs) === 'timed-out') return REHEARSE;
    } else if (received.message.kind === 'do') told.push(...received.message.commands);
    else return undefined;
  }
  return told.shift();
}

/** Runs one box to its end. */
function host(memoryMb: number): void {
  let hasRehearsed = false;
  let isDropped = false;
  const end = runPythonMachine({
    snapshot: thread.snapshot,
    memoryMb,
    next(answer) {
      if (answer !== undefined) reply(answered(answer, true));
      else if (!hasRehearsed) reply({ kind: 'parked' });
      const command = answer === undefined && !hasRehearsed ? nextCommand(IDLE_MS) : nextCommand();
      if (command === REHEARSE) {
        hasRehearsed = true;
        return REHEARSE;
      }
      current = command;
      isDropped = command === undefined;
      time.start();
      if (current !== undefined) beginCommand(current.output);
      return current;
    },
  });
  if (end !== undefined) reply(answered(end, false));
  else if (!isDropped) throw new Error('the interpreter ended while it waited');
}

port.on('message', (order: BoxOrder) => {
  if (order.kind === 'start') host(order.memoryMb);
});
