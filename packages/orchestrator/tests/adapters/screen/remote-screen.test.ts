import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { monotonicClock } from '@switchyard/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createLocalScreen } from '../../../src/adapters/screen/local-screen.ts';
import { createRemoteScreen, type RemoteScreenOptions } from '../../../src/adapters/screen/remote-screen.ts';
import { RequestInvalid } from '../../../src/app/errors.ts';
import { policyOf } from '../../../src/domain/screening.ts';
import { ScreenUnavailable } from '../../../src/ports/errors.ts';
import { matching } from '../../../testing/index.ts';

const ENFORCE = policyOf('enforce');
const REPORT = policyOf('report');
const CARD = '4111 1111 1111 1111';

interface Asked {
  readonly path: string;
  readonly text: string;
  readonly authorization: string | undefined;
}

type Answering = (asked: Asked, response: ServerResponse) => void;

/** A remote screen of our own on loopback; closed when the test has finished. */
async function openRemote(answering: Answering = finding('CreditCard', CARD)) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      const one = { path: request.url ?? '', text, authorization: request.headers.authorization };
      asked.push(one);
      answering(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const host = `127.0.0.1:${port}`;
  const url = `http://${host}`;
  const screen = (different: Partial<RemoteScreenOptions> = {}) => {
    const opened = createRemoteScreen({ url, dependencies: { sleep: async () => undefined }, ...different });
    onTestFinished(() => opened.close());
    return opened;
  };
  return { asked, host, url, screen };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const body = await text(request);
  return body === '' ? '' : z.object({ text: z.string() }).parse(JSON.parse(body)).text;
}

function answer(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Finds every occurrence of a value. */
function finding(type: string, value: string, injections: object[] = []): Answering {
  return ({ text }, response) => {
    const matches = [...text.matchAll(new RegExp(value, 'g'))].map(({ index }) => ({
      pii_type: type,
      value,
      position: index,
    }));
    answer(response, { status: 'Success', pii_matches: matches, injection_matches: injections });
  };
}

const saying =
  (body: unknown, status = 200): Answering =>
  (_asked, response) =>
    answer(response, body, status);

describe('the remote screen', () => {
  it('asks about every text, keys and long numbers too, and tells type and place but never the value', async () => {
    const { screen, asked } = await openRemote();
    const value = { goal: `pay with ${CARD}`, input: [true, null, 7, 536_904_399, { note: ' ' }] };
    const screened = await screen().screen(value, ENFORCE);
    expect(screened).toEqual({
      blocked: true,
      findings: [
        { kind: 'pii', type: 'CreditCard', field: '/goal', position: 9, length: CARD.length, treatment: 'block' },
      ],
      redact: [],
    });
    expect(asked.map(({ text }) => text).sort()).toEqual(['536904399', 'goal', 'input', 'note', `pay with ${CARD}`]);
    expect(asked.every(({ path }) => path === '/process')).toBe(true);
  });

  it('asks about a text that stands in several places once, and tells all of them', async () => {
    const { screen, asked } = await openRemote();
    const { findings } = await screen().screen([CARD, CARD, CARD], REPORT);
    expect(asked).toHaveLength(1);
    expect(findings.map(({ field }) => field)).toEqual(['/0', '/1', '/2']);
  });

  it('keeps a path prefix and a query of its address, and sends user and password as a header', async () => {
    const { screen, asked, host } = await openRemote();
    const url = `http://user:p%40ss@${host}/reflex/v1/?tenant=a`;
    await screen({ url }).screen('x', REPORT);
    expect(asked).toMatchObject([
      { path: '/reflex/v1/process?tenant=a', authorization: `Basic ${Buffer.from('user:p@ss').toString('base64')}` },
    ]);
    expect(screen({ url }).description).toBe(`at ${host}`);
  });

  it('applies the policy of the arm and the policy for all arms to what it is told', async () => {
    const critical = [{ injection_type: 'IgnorePrevious', severity: 'Critical', matched_text: 'x', position: 0 }];
    const cards = await openRemote();
    expect((await cards.screen().screen(CARD, REPORT)).blocked).toBe(false);
    expect((await cards.screen().screen(CARD, policyOf('enforce', {}, 'report'))).blocked).toBe(false);
    expect((await cards.screen().screen(CARD, policyOf('report', {}, 'block'))).blocked).toBe(true);
    const addresses = await openRemote(finding('IPv4', '10.0.0.1'));
    expect(await addresses.screen().screen('10.0.0.1', ENFORCE)).toMatchObject({
      blocked: false,
      findings: [{ type: 'IPv4' }],
    });
    const attacks = await openRemote(finding('none', 'nothing', critical));
    expect((await attacks.screen().screen('x', ENFORCE)).blocked).toBe(true);
    expect((await attacks.screen().screen('x', REPORT)).blocked).toBe(false);
    const minor = await openRemote(finding('none', 'nothing', [{ ...critical[0], severity: 'High' }]));
    expect((await minor.screen().screen('x', ENFORCE)).blocked).toBe(false);
  });

  it('takes out what the policy redacts, and blocks it where the server does not say what it is', async () => {
    const redact = policyOf('enforce', {}, 'redact');
    const cards = await openRemote();
    expect(await cards.screen().screen({ goal: CARD }, redact)).toMatchObject({
      blocked: false,
      redact: [{ type: 'CreditCard', value: CARD }],
    });
    const silent = await openRemote(saying({ status: 'Success', pii_matches: [{ pii_type: 'SSN', position: 0 }] }));
    expect(await silent.screen().screen({ goal: 'x' }, redact)).toMatchObject({ blocked: true, redact: [] });
    const masked = [{ pii_type: 'SSN', value: '***-**-4399', position: 0 }];
    const masking = await openRemote(saying({ status: 'Success', pii_matches: masked }));
    expect(await masking.screen().screen({ goal: '536-90-4399' }, redact)).toMatchObject({ blocked: true, redact: [] });
  });

  it('asks again after a failure that may pass', async () => {
    let failures = 2;
    const { screen, asked } = await openRemote((one, response) => {
      if (failures-- > 0) answer(response, { error: 'InternalError', message: one.text }, 500);
      else finding('CreditCard', CARD)(one, response);
    });
    expect((await screen().screen(CARD, ENFORCE)).blocked).toBe(true);
    expect(asked).toHaveLength(3);
  });

  it('asks no more after many failures in a row, says so, and asks again later', async () => {
    let isDown = true;
    let now = 0;
    const { screen, asked, host } = await openRemote((_one, response) =>
      answer(response, { status: 'Success' }, isDown ? 500 : 200),
    );
    const sleep = async (ms: number): Promise<void> => void (now += ms);
    const clock = { ...monotonicClock, now: () => now };
    const one = screen({ dependencies: { sleep, clock } });
    expect(one.calls()).toEqual({ target: host, breaker: 'closed', succeeded: 0, failed: {}, retries: 0 });
    for (const _ of [1, 2]) await expect(one.screen('x', REPORT)).rejects.toThrow(/it answers 500|circuit/);
    expect(one.calls()).toMatchObject({ breaker: 'open', retries: 3 });
    const before = asked.length;
    const refused: unknown = await one.screen('x', REPORT).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ScreenUnavailable);
    expect(refused).toHaveProperty('retryAfterMs', 60_000);
    expect(asked).toHaveLength(before);
    isDown = false;
    expect(await one.problem(new AbortController().signal)).toMatch(/breaker/);
    now += 61_000;
    expect((await one.screen('x', REPORT)).blocked).toBe(false);
    expect(one.calls()).toMatchObject({ breaker: 'closed', succeeded: 1 });
  });

  it('repeats nothing of what a failing server says, which may be the text', async () => {
    const { screen } = await openRemote(({ text }, response) =>
      answer(response, { error: 'ValidationError', message: text }, 400),
    );
    const error: unknown = await screen()
      .screen('536-90-4399', REPORT)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ScreenUnavailable);
    expect(inspect(error, { depth: 9 })).not.toContain('536-90-4399');
  });

  it('puts into no pointer a key in which something was found', async () => {
    const { screen } = await openRemote();
    const screened = await screen().screen({ input: { fine: 1, [CARD]: { deeper: CARD } } }, ENFORCE);
    expect(screened.findings.map(({ field }) => field)).toEqual(['/input/(key 1)', '/input/(key 1)/deeper']);
    expect(JSON.stringify(screened)).not.toContain(CARD);
  });

  it('asks about a long text in overlapping parts, and tells each place once, counted in the whole text', async () => {
    const { screen, asked } = await openRemote();
    const positions = [5, 60_000, 99_990, 149_995, 220_000];
    let text = '.'.repeat(250_001);
    for (const position of positions) text = text.slice(0, position) + CARD + text.slice(position + CARD.length);
    const { findings } = await screen().screen({ context: text }, ENFORCE);
    expect(findings.map(({ position }) => position)).toEqual(positions);
    expect(findings.map(({ position, length }) => text.slice(position, position + length))).toEqual(
      positions.map(() => CARD),
    );
    expect(asked.every((one) => one.text.length <= 100_000)).toBe(true);
  });

  it('never cuts a surrogate pair', async () => {
    const { screen, asked } = await openRemote();
    await screen().screen(`x${'😀'.repeat(80_000)}`, REPORT);
    expect(asked.length).toBeGreaterThan(1);
    expect(asked.every(({ text }) => text.isWellFormed())).toBe(true);
  });

  it('refuses more texts than it is willing to ask about', async () => {
    const { screen, asked } = await openRemote();
    const value = { input: Array.from({ length: 6_000 }, (_, index) => `text ${index}`) };
    const error: unknown = await screen()
      .screen(value, REPORT)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RequestInvalid);
    expect(error).toMatchObject({ errors: [{ pointer: matching(/^\/input\/\d+$/) }] });
    expect(asked).toEqual([]);
  });

  it.each<[string, Answering, string]>([
    ['with 500', saying({ error: 'InternalError' }, 500), 'it answers 500'],
    ['with a page instead of JSON', saying('<html>secret</html>'), 'its answer is no JSON'],
    ['with 500 and a page', saying('<html>secret</html>', 500), 'it answers 500'],
    ['something else than a verdict', saying({ status: 'Success', pii_matches: [{ what: 1 }] }), 'something else'],
    [
      'a position that is none',
      saying({ status: 'Success', pii_matches: [{ pii_type: 'SSN', position: -1 }] }),
      'something else',
    ],
    ['that it was too busy, as 200', saying({ status: 'RateLimited', pii_matches: [] }), 'something else'],
    ['that it failed, as 200', saying({ status: 'Error' }), 'something else'],
    ['by cutting the connection', (_asked, response) => response.destroy(), 'other side closed|ECONNRESET'],
    ['without end', (_asked, response) => endlessly(response), 'larger than'],
  ])('takes nothing for screened when it answers %s', async (_how, answering, reason) => {
    const { screen, host } = await openRemote(answering);
    const error: unknown = await screen()
      .screen('some text', REPORT)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ScreenUnavailable);
    expect(String(error)).toMatch(new RegExp(`${host}.*(${reason})`));
    expect(String(error)).not.toContain('secret');
  });

  it('waits no longer than it may for an answer', async () => {
    const { screen } = await openRemote(() => undefined);
    await expect(screen({ timeoutMs: 20 }).screen('some text', REPORT)).rejects.toThrow(/within 20 ms/);
  });

  it('stops asking when its caller does', async () => {
    const asked = Promise.withResolvers<void>();
    const { screen } = await openRemote(() => asked.resolve());
    const caller = new AbortController();
    const screening = screen({ fallback: createLocalScreen() }).screen('some text', REPORT, caller.signal);
    await asked.promise;
    caller.abort(new Error('the client left'));
    await expect(screening).rejects.toThrow('the client left');
  });

  it('says of a closed port why, and never the password', async () => {
    const url = 'http://user:secret@127.0.0.1:1';
    const screen = createRemoteScreen({ url, dependencies: { sleep: async () => undefined } });
    onTestFinished(() => screen.close());
    await expect(screen.screen('some text', REPORT)).rejects.toThrow(/127\.0\.0\.1:1: .*(ECONNREFUSED|bad port)/);
    expect(await screen.problem(new AbortController().signal)).not.toContain('secret');
  });

  it('falls back to the screen in process when it is told to, and still blocks', async () => {
    const { screen } = await openRemote(saying({}, 503));
    const both = screen({ fallback: createLocalScreen() });
    expect(await both.screen({ goal: 'my SSN is 536-90-4399' }, ENFORCE)).toMatchObject({
      blocked: true,
      findings: [{ type: 'SSN' }],
    });
    expect(both.description).toMatch(/^at 127\.0\.0\.1:\d+, in process when it is down$/);
    expect(await both.problem(new AbortController().signal)).toBeNull();
  });

  it('tells whether it is ready', async () => {
    const signal = new AbortController().signal;
    const ready = await openRemote(saying({ ready: true }));
    expect(await ready.screen().problem(signal)).toBeNull();
    expect(ready.asked).toMatchObject([{ path: '/ready' }]);
    const busy = await openRemote(saying({ ready: false }, 503));
    expect(await busy.screen().problem(signal)).toBe('it answers 503');
  });
});

function endlessly(response: ServerResponse): void {
  const chunk = Buffer.alloc(1024 * 1024, ' ');
  response.writeHead(200, { 'content-type': 'application/json' });
  const write = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', write);
  write();
}
