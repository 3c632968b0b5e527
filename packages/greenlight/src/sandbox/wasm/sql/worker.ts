// The thread of one SQL box: SQLite compiled to WebAssembly, its databases in memory.
import initSqlJs from 'sql.js';
import { poolPort, serveCommands, tellParked } from '../serve-commands.ts';
import { SqlMachine } from './machine.ts';

const port = poolPort();
const machine = new SqlMachine(await initSqlJs());
serveCommands(port, machine, 'the database');
tellParked(port);
