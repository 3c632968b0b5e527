import { availableParallelism, freemem } from 'node:os';
import { type Check, failed, ok } from './check.ts';

const NODE_MAJOR = 24;
const MIB = 1024 * 1024;
/** A worker with warm sandboxes and the database stay below this. */
const NEEDED_MIB = 512;

export function checkNode(version: string = process.versions.node): Check {
  const major = Number.parseInt(version, 10);
  if (major >= NODE_MAJOR) return ok('node', version);
  return failed(
    'node',
    `${version}; ${NODE_MAJOR} or later is needed`,
    'run `npm install`, which brings one along, and start by `npm start` or `npx switchyard`',
  );
}

export function checkMachine(freeBytes: number = freemem()): Check {
  const free = Math.round(freeBytes / MIB);
  const detail = `${process.platform}-${process.arch}, ${availableParallelism()} cores, ${free} MiB of memory free`;
  if (free >= NEEDED_MIB) return ok('machine', detail);
  return failed('machine', detail, `leave about ${NEEDED_MIB} MiB for the database and the sandboxes`);
}
