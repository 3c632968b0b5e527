// The thread of one Python box: parked in Atomics.wait inside the instance's read, until the pool wakes it.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { isPythonBoxData, type PythonBoxData } from '../box-data.ts';
import type { BoxCommand, BoxReply } from '../box-messages.ts';
import { ProcessorTime } from '../processor-time.ts';
import { type Answer, runPythonMachine } from './machine.ts';

const data: unknown = workerData;
const port = parentPort;
if (port === null || !isPythonBoxData(data)) throw new Error('a Python box starts as a worker of the pool');
const box: PythonBoxData = data;
const wake = new Int32Array(box.wake);
const processorTime = new ProcessorTime();

const reply = (message: BoxReply) => port.postMessage(message);

function answered({ verdict, peakMemoryMb }: Answer, alive: boolean): BoxReply {
  return { kind: 'answered', verdict, alive, usage: { cpuMs: processorTime.lap(), peakMemoryMb } };
}

function nextCommand(): BoxCommand {
  for (;;) {
    const seen = Atomics.load(wake, 0);
    const received: { message: BoxCommand } | undefined = receiveMessageOnPort(box.port);
    if (received !== undefined) return received.message;
    Atomics.wait(wake, 0, seen);
  }
}

const end = runPythonMachine({
  ...box,
  next(answer) {
    reply(answer === undefined ? { kind: 'parked' } : answered(answer, true));
    const command = nextCommand();
    processorTime.lap();
    return command;
  },
});
const notStarted: Answer = { verdict: { kind: 'lost', reason: 'the interpreter did not start' }, peakMemoryMb: 0 };
reply(answered(end ?? notStarted, false));
