import { createConnection } from 'node:net';
import { join } from 'node:path';
import { messageOf } from '@switchyard/core';
import { type Check, failed, ok } from './check.ts';

const PORT = '5432';
const TIMEOUT_MS = 5_000;

/**
 * Whether anything takes connections where DATABASE_URL points. No more: to sign in and look further would mean to set up the
 * tables, which is not for a doctor to do.
 */
export async function checkDatabaseAddress(databaseUrl: string, signal: AbortSignal): Promise<Check> {
  const name = 'database';
  const address = addressOf(databaseUrl);
  const where = 'path' in address ? address.path : `${address.host}:${address.port}`;
  const socket = createConnection(address);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
      socket.setTimeout(TIMEOUT_MS, () => reject(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
      signal.addEventListener('abort', () => socket.destroy(new Error('interrupted')), { once: true });
    });
    return ok(name, `${where} takes connections (whether it lets us in, \`switchyard up\` tells)`);
  } catch (error) {
    signal.throwIfAborted();
    const reason = messageOf(error) === '' ? 'connection refused' : messageOf(error);
    return failed(
      name,
      `nothing answers at ${where} (${reason})`,
      'start it, or correct DATABASE_URL; without one an embedded PostgreSQL is used',
    );
  } finally {
    socket.destroy();
  }
}

/** As libpq reads it: a host that is a path is the folder of a socket ("Connection URIs"). */
function addressOf(databaseUrl: string): { path: string } | { host: string; port: number } {
  // A URL without a host is not one to the URL standard.
  const url = new URL(databaseUrl.replace(/@(?=[/?])/, '@localhost'));
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname);
  const port = url.searchParams.get('port') ?? (url.port === '' ? PORT : url.port);
  if (host.startsWith('/')) return { path: join(host, `.s.PGSQL.${port}`) };
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
