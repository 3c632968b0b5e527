// The thread of one shell box: an interpreter in JavaScript with files in memory. It has no network, no Python and no JavaScript.
import { poolPort, serveCommands, tellParked } from '../serve-commands.ts';
import { ShellMachine } from './machine.ts';

const port = poolPort();
const machine = new ShellMachine();
await machine.warm();
serveCommands(port, machine, 'the shell');
tellParked(port);
