// The thread of one shell box: an interpreter in JavaScript with files in memory. It has no network, no Python and no JavaScript.
import { parentPort } from 'node:worker_threads';
import type { BoxCommand, BoxReply } from '../box-messages.ts';
import { ShellMachine } from './machine.ts';

const port = parentPort;
if (port === null) throw new Error('a shell box starts as a worker of the pool');
const machine = new ShellMachine();
await machine.warm();

const reply = (message: BoxReply) => port.postMessage(message);

port.on('message', (command: BoxCommand) => {
  void machine.answer(command).then(
    (verdict) => reply({ kind: 'answered', verdict, alive: true }),
    (error: unknown) => {
      const reason = `the shell broke down (${error instanceof Error ? error.message : String(error)})`;
      reply({ kind: 'answered', verdict: { kind: 'lost', reason }, alive: false });
    },
  );
});
reply({ kind: 'parked' });
