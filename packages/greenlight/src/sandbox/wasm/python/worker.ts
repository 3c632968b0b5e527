// The thread of Python boxes: parked in Atomics.wait inside the instance's read, until the pool wakes it.
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { isPythonBoxData, type PythonBoxData } from '../box-data.ts';
import type { BoxCommand, BoxOrder, BoxReply } from '../box-messages.ts';
import { poolPort } from '../serve-boxes.ts';
import { ThreadTime } from '../thread-time.ts';
import { type Answer, runPythonMachine } from './machine.ts';

const data: unknown = workerData;
const port = poolPort();
if (!isPythonBoxData(data)) throw new Error('a Python box starts from a snapshot');
const thread: PythonBoxData = data;
const wake = new Int32Array(thread.wake);
const time = new ThreadTime();

const reply = (message: BoxReply) => port.postMessage(message, []);

function answered({ verdict, peakMemoryMb }: Answer, alive: boolean): BoxReply {
  const { wallMs, cpuMs, threadCpuMs } = time.spent;
  return { kind: 'answered', verdict, alive, wallMs, threadCpuMs, usage: { cpuMs, peakMemoryMb } };
}

/** Undefined: the box is dropped. */
function nextCommand(): BoxCommand | undefined {
  for (;;) {
    const seen = Atomics.load(wake, 0);
    const received: { message: BoxCommand | Dropped } | undefined = receiveMessageOnPort(thread.port);
    if (received !== undefined) return received.message.kind === 'drop' ? undefined : received.message;
    Atomics.wait(wake, 0, seen);
  }
}

type Dropped = Extract<BoxOrder, { kind: 'drop' }>;

/** Runs one box to its end. */
function host(memoryMb: number): void {
  const end = runPythonMachine({
    snapshot: thread.snapshot,
    memoryMb,
    next(answer) {
      reply(answer === undefined ? { kind: 'parked' } : answered(answer, true));
      const command = nextCommand();
      time.start();
      return command;
    },
  });
  if (end !== undefined) reply(answered(end, false));
}

port.on('message', (order: BoxOrder) => {
  if (order.kind === 'start') host(order.memoryMb);
});
