/**
 * Who may speak to this server: it listens on loopback, and a web page that the user visits must not reach it through the
 * user's browser. So the Host must be a name of this machine (a page's own name that was made to point here is none), and
 * an Origin, which browsers send and pages cannot forge, must be ours or a configured one.
 */
import { SwitchyardError } from '@switchyard/core';
import type { FastifyInstance } from 'fastify';

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

export class HostRefused extends SwitchyardError {
  constructor(host: string) {
    super(
      'host_refused',
      'refused',
      `this server does not answer to the name "${host.slice(0, 100)}"; use 127.0.0.1 or localhost`,
    );
  }
}

export class OriginRefused extends SwitchyardError {
  constructor(origin: string) {
    super(
      'origin_refused',
      'refused',
      `pages of "${origin.slice(0, 100)}" may not call this server; CORS_ORIGINS names those that may`,
    );
  }
}

export interface GuardOptions {
  /** The host it is bound to; always loopback in this version. */
  readonly host: string;
  /** Origins beside our own, as `http://localhost:5173`. */
  readonly corsOrigins: readonly string[];
}

export function addGuard(server: FastifyInstance, { host, corsOrigins }: GuardOptions): void {
  const names = new Set([...LOOPBACK_NAMES, host]);
  server.addHook('onRequest', async (request) => {
    const requested = request.headers.host ?? '';
    if (!names.has(hostnameOf(requested))) throw new HostRefused(requested);
    const { origin } = request.headers;
    if (origin === undefined || corsOrigins.includes(origin)) return;
    if (!isOwnOrigin(origin, requested)) throw new OriginRefused(origin);
  });
}

function hostnameOf(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}

/** A page that this server itself served: its origin is the host it speaks to. */
function isOwnOrigin(origin: string, host: string): boolean {
  const url = URL.parse(origin);
  return url !== null && url.protocol === 'http:' && url.host === host.toLowerCase();
}
