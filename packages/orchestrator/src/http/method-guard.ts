/** A path that is there, asked with a method that it does not take: 405 with `Allow` (RFC 9110, section 15.5.6), not 404. */
import { SwitchyardError } from '@switchyard/core';
import type { FastifyInstance, HTTPMethods } from 'fastify';

/** What clients send; HEAD comes with GET, and OPTIONS is for browsers. */
const METHODS = ['DELETE', 'GET', 'PATCH', 'POST', 'PUT'] as const satisfies readonly HTTPMethods[];
/** The documentation's own files. */
const DOCS = /^\/docs(\/|$)/;

export class MethodNotAllowed extends SwitchyardError {
  constructor(method: string, path: string, allowed: string) {
    super('method_not_allowed', 'invalid', `${path.slice(0, 100)} does not take ${method}; it takes ${allowed}`);
  }
}

/** Call before the routes are added. @returns what to call when all of them are there */
export function addMethodGuard(server: FastifyInstance): () => void {
  const taken = new Map<string, Set<string>>();
  server.addHook('onRoute', ({ url, method }) => {
    if (DOCS.test(url)) return;
    const methods = taken.get(url) ?? new Set();
    taken.set(url, methods);
    for (const one of [method].flat()) methods.add(one);
  });
  return () => {
    for (const [url, methods] of [...taken]) {
      const others = METHODS.filter((method) => !methods.has(method));
      const allowed = [...methods].sort().join(', ');
      if (others.length === 0) continue;
      server.route({
        method: others,
        url,
        schema: { hide: true },
        // Before a body is read that nobody wants.
        onRequest: async (request, reply) => {
          void reply.header('allow', allowed);
          throw new MethodNotAllowed(request.method, request.url, allowed);
        },
        handler: async () => undefined,
      });
    }
  };
}
