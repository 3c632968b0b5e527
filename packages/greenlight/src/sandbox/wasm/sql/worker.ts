// The thread of one SQL box: SQLite compiled to WebAssembly, its databases in memory.
import initSqlJs from 'sql.js';
import { poolPort, serveBoxes } from '../serve-boxes.ts';
import { SqlMachine } from './machine.ts';

serveBoxes(poolPort(), async () => new SqlMachine(await initSqlJs()), 'the database');
