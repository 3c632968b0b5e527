// The thread of one SQL box: SQLite compiled to WebAssembly, its databases in memory.
import { parentPort } from 'node:worker_threads';
import initSqlJs from 'sql.js';
import type { BoxCommand, BoxReply } from '../box-messages.ts';
import { SqlMachine } from './machine.ts';

const port = parentPort;
if (port === null) throw new Error('a SQL box starts as a worker of the pool');
const machine = new SqlMachine(await initSqlJs());

const reply = (message: BoxReply) => port.postMessage(message);

port.on('message', (command: BoxCommand) => {
  try {
    reply({ kind: 'answered', verdict: machine.answer(command), alive: true });
  } catch (error) {
    const reason = `the database broke down (${error instanceof Error ? error.message : String(error)})`;
    reply({ kind: 'answered', verdict: { kind: 'lost', reason }, alive: false });
  }
});
reply({ kind: 'parked' });
