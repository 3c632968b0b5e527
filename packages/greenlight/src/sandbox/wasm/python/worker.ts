// The thread of one Python box: parked in Atomics.wait inside the instance's read, until the pool wakes it.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { isPythonBoxData, type PythonBoxData } from '../box-data.ts';
import type { BoxCommand, BoxReply } from '../box-messages.ts';
import { runPythonMachine } from './machine.ts';

const data: unknown = workerData;
const port = parentPort;
if (port === null || !isPythonBoxData(data)) throw new Error('a Python box starts as a worker of the pool');
const box: PythonBoxData = data;
const wake = new Int32Array(box.wake);

const reply = (message: BoxReply) => port.postMessage(message);

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
    reply(answer === undefined ? { kind: 'parked' } : { kind: 'answered', verdict: answer, alive: true });
    return nextCommand();
  },
});
reply({ kind: 'answered', verdict: end ?? { kind: 'lost', reason: 'the interpreter did not start' }, alive: false });
