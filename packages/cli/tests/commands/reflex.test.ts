import { expect, test } from 'vitest';
import { main } from '../../src/main.ts';
import { fakeIo } from '../support/fake-io.ts';

test('reflex serves until it is asked to stop, within its limits', async () => {
  const io = fakeIo({ env: { PII_POLICY: 'block' } });
  const ended = main(['reflex', '--port', '0', '--user-limit', '1/60', '--ip-limit', 'off'], io);
  const [, url = ''] = await io.saw(/ready (http:\S+)/);
  const post = async (text: string) => {
    const body = JSON.stringify({ text, user_id: 'a' });
    const headers = { 'content-type': 'application/json', connection: 'close' };
    const response = await fetch(`${url}/process`, { method: 'POST', headers, body });
    const answer: unknown = await response.json();
    return { status: response.status, body: answer };
  };
  expect(await post('My SSN is 536-90-4399.')).toMatchObject({ status: 200, body: { status: 'Blocked' } });
  expect(await post('x')).toMatchObject({ status: 429, body: { error: 'RateLimitError' } });
  io.send('SIGTERM');
  expect(await ended).toBe(0);
});

test('reflex refuses a limit that is none', async () => {
  const io = fakeIo();
  expect(await main(['reflex', '--ip-limit', '0/5'], io)).toBe(2);
  expect(io.err()).toContain('as 10/100, or off');
});
