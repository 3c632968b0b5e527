import { createServer } from 'node:net';
import { messageOf } from '@switchyard/core';
import { createApiClient } from '../api-client.ts';
import { look } from '../server.ts';
import { type Check, failed, ok, skipped } from './check.ts';

/** Whether the port is free, or who answers there; and what a server says about itself. */
export async function checkServer(
  url: string,
  address: { readonly host: string; readonly port: number } | null,
  signal: AbortSignal,
): Promise<Check[]> {
  try {
    const looked = await look(url, signal);
    if (looked === 'answers') return [ok('port', `a Switchyard answers at ${url}`), await checkReady(url, signal)];
    if (looked === 'stranger') {
      return [
        failed('port', `what answers at ${url} is no Switchyard`, 'stop it, or take another port: --port or PORT'),
      ];
    }
  } catch (error) {
    signal.throwIfAborted();
    return [failed('port', messageOf(error), 'see what listens there, or take another port: --port or PORT')];
  }
  const none = skipped('server', `none runs at ${url}; start one: switchyard up`);
  if (address === null) return [failed('server', `none answers at ${url}`, 'start it, or correct --server')];
  return [await checkFree(address), none];
}

async function checkReady(url: string, signal: AbortSignal): Promise<Check> {
  const { ready, checks, details } = await createApiClient({ baseUrl: url }).ready(signal);
  const parts = Object.entries(details);
  if (ready) return ok('server', parts.map(([name, detail]) => `${name}: ${detail}`).join('; '));
  const wrong = new Set(Object.entries(checks).flatMap(([name, fine]) => (fine ? [] : [name])));
  const broken = parts.filter(([name]) => wrong.has(name)).map(([name, detail]) => `${name}: ${detail}`);
  return failed(
    'server',
    `not ready: ${broken.join('; ')}`,
    'see its log; it becomes ready by itself once that is mended',
  );
}

/** By binding to it, for a moment. */
async function checkFree({ host, port }: { readonly host: string; readonly port: number }): Promise<Check> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true }, resolve);
    });
    return ok('port', `${port} on ${host} is free`);
  } catch (error) {
    return failed('port', `${port} on ${host} cannot be used (${messageOf(error)})`, 'take another: --port or PORT');
  } finally {
    server.close();
  }
}
