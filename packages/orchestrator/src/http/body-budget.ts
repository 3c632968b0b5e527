/**
 * How many bytes of bodies this server holds at once, from the first header to the answer: while the database is away,
 * submissions wait for it, and their memory must have a bound.
 */
import { SwitchyardError } from '@switchyard/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const BUDGET_BYTES = 128 * 1024 * 1024;

/** Too many large requests are under way. */
export class BodiesExhausted extends SwitchyardError {
  constructor(heldBytes: number) {
    super(
      'too_many_bodies',
      'transient',
      `requests with ${Math.round(heldBytes / 1024 / 1024)} MiB of bodies are under way already; try again shortly`,
    );
  }
}

export function addBodyBudget(server: FastifyInstance, budgetBytes = BUDGET_BYTES): void {
  const held = new WeakMap<FastifyRequest, number>();
  let heldBytes = 0;
  server.addHook('onRequest', async (request) => {
    const bytes = expectedBytes(request);
    if (bytes === 0) return;
    if (heldBytes + bytes > budgetBytes) throw new BodiesExhausted(heldBytes);
    heldBytes += bytes;
    held.set(request, bytes);
  });
  // Also when the client has gone.
  server.addHook('onResponse', async (request) => {
    heldBytes -= held.get(request) ?? 0;
    held.delete(request);
  });
}

/** A body without a length may be as long as its route takes. */
function expectedBytes({ headers, routeOptions }: FastifyRequest): number {
  const limit = routeOptions.bodyLimit ?? 0;
  if (headers['transfer-encoding'] !== undefined) return limit;
  const length = Number(headers['content-length'] ?? 0);
  return Number.isFinite(length) ? Math.min(length, limit) : limit;
}
