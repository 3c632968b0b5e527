// The thread of one shell box: an interpreter in JavaScript with files in memory. It has no network, no Python and no JavaScript.
import { poolPort, serveBoxes } from '../serve-boxes.ts';
import { ShellMachine } from './machine.ts';

async function start(): Promise<ShellMachine> {
  const machine = new ShellMachine();
  await machine.warm();
  return machine;
}
serveBoxes(poolPort(), start, 'the shell');
