import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MisbehavingCollector, refusedUrl } from '../../testing/index.ts';
import { activeSpan, endedSpan, openTransport, spanId, traceId } from './spans.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'switchyard-spool-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function logFiles(): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.ndjson'));
}

async function spoolAndClose(count: number): Promise<void> {
  const { transport } = openTransport(await refusedUrl(), { maxRetries: 0, spool: { directory } });
  for (let number = 1; number <= count; number += 1)
    transport.emit(endedSpan(number, { parentSpanId: number === 1 ? null : spanId(number - 1) }));
  expect(await transport.close({ deadlineMs: 0 })).toMatchObject({ sent: 0, kept: count, dropped: 0 });
}

describe('HttpTransport with a spool', () => {
  it('keeps what was not sent, and the next one sends it in order, once', async () => {
    await using collector = await MisbehavingCollector.open();
    await spoolAndClose(3);
    const { transport } = openTransport(collector.url, { spool: { directory } });
    transport.emit(endedSpan(4, { traceId: traceId(2) }));
    expect(await transport.close()).toMatchObject({ sent: 4, kept: 0, dropped: 0 });
    expect(transport.counters().spans).toMatchObject({ accepted: 1, recovered: 3 });
    // The new span is of another trace, so its place among the others is open.
    expect(collector.payloads('name').filter((name) => name !== 'span 4')).toEqual(['span 1', 'span 2', 'span 3']);
    const idOf = (name: string): string | null => collector.spans[collector.payloads('name').indexOf(name)]?.id ?? null;
    const parentOf = (name: string): unknown =>
      collector.spans[collector.payloads('name').indexOf(name)]?.details['parent_span_id'];
    expect(['span 1', 'span 2', 'span 3'].map(parentOf)).toEqual([null, idOf('span 1'), idOf('span 2')]);
    expect(collector.violations).toEqual([]);
    expect(await logFiles()).toEqual([]);
  });

  it('a span that was sent and a finish that was not meet again, under the instance that was registered', async () => {
    await using collector = await MisbehavingCollector.open();
    collector.misbehave = ({ kind }) => (kind === 'span-finish' ? { kind: 'status', status: 503 } : undefined);
    const first = openTransport(collector.url, { maxRetries: 0, spool: { directory } }).transport;
    first.emit(activeSpan(1));
    while (first.counters().spans.sent === 0) await new Promise(setImmediate);
    first.finishSpan(spanId(1), 0);
    first.emit(endedSpan(2, { parentSpanId: spanId(1) }));
    expect(await first.close({ deadlineMs: 0 })).toMatchObject({ sent: 1, kept: 1, finishes: { kept: 1 } });
    collector.misbehave = () => undefined;
    const second = openTransport(collector.url, { spool: { directory } }).transport;
    expect(await second.close()).toMatchObject({ sent: 1, finishes: { sent: 1 } });
    expect(collector.instances).toHaveLength(1);
    expect(collector.spans).toMatchObject([{ id: 'backend-1' }, { details: { parent_span_id: 'backend-1' } }]);
    expect(collector.spans[0]?.finish).not.toBeNull();
    expect(collector.violations).toEqual([]);
  });

  it('reads past lines that are not whole', async () => {
    await using collector = await MisbehavingCollector.open();
    await spoolAndClose(2);
    const [name = ''] = await logFiles();
    const path = join(directory, name);
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    await writeFile(path, [...lines, '{"line":"nothing of ours"}'].join('\n'));
    await appendFile(path, `\n${lines.at(-1)?.replace(spanId(2), spanId(3)).slice(0, 80)}`);
    const { transport, problems } = openTransport(collector.url, { spool: { directory } });
    expect(await transport.close()).toMatchObject({ sent: 2, kept: 0, dropped: 0 });
    expect(problems).toEqual([]);
  });

  it('keeps the queue for a process that is let in when the collector refuses this one', async () => {
    await using collector = await MisbehavingCollector.open();
    collector.misbehave = () => ({ kind: 'status', status: 401 });
    const refused = openTransport(collector.url, { spool: { directory } }).transport;
    refused.emit(endedSpan(1));
    await collector.until(() => collector.calls.length === 1);
    refused.emit(endedSpan(2));
    expect(await refused.close()).toMatchObject({ sent: 0, kept: 2, dropped: 0 });
    collector.misbehave = () => undefined;
    const { transport } = openTransport(collector.url, { spool: { directory } });
    expect(await transport.close()).toMatchObject({ sent: 2 });
  });

  it('does not grow past its bound; what has no room is lost at the end, and says so', async () => {
    const { transport } = openTransport(await refusedUrl(), { maxRetries: 0, spool: { directory, maxBytes: 20_000 } });
    for (let number = 1; number <= 100; number += 1) transport.emit(endedSpan(number, { inputs: 'x'.repeat(500) }));
    const { sent, kept, dropped } = await transport.close({ deadlineMs: 0 });
    const [name = ''] = await logFiles();
    expect({ sent, sum: kept + dropped }).toEqual({ sent: 0, sum: 100 });
    expect(kept).toBeGreaterThan(1);
    expect(dropped).toBeGreaterThan(1);
    expect((await stat(join(directory, name))).size).toBeLessThan(20_000);
  });

  it('clears out what was sent while it goes on', async () => {
    await using collector = await MisbehavingCollector.open();
    const { transport } = openTransport(collector.url, { spool: { directory, maxBytes: 40_000 } });
    for (let number = 1; number <= 200; number += 1) {
      transport.emit(endedSpan(number, { inputs: 'x'.repeat(500) }));
      await collector.until(() => collector.spans.length === number);
    }
    expect(transport.counters().spool).toMatchObject({ broken: false });
    expect(transport.counters().spool?.fileBytes).toBeLessThan(40_000);
    expect(await transport.close()).toMatchObject({ sent: 200, dropped: 0 });
    expect(await logFiles()).toEqual([]);
  });

  it('a directory in use is reported, and delivery goes on without it', async () => {
    await using collector = await MisbehavingCollector.open();
    const holder = openTransport(collector.url, { spool: { directory } }).transport;
    holder.emit(endedSpan(1));
    await collector.until(() => collector.spans.length === 1);
    const { transport, problems } = openTransport(collector.url, { spool: { directory } });
    transport.emit(endedSpan(2));
    expect(await transport.close()).toMatchObject({ sent: 1 });
    expect(problems.map(({ code }) => code)).toEqual(['spool_held']);
    await holder.close();
  });

  it('a lock of a process that is gone is taken over; a directory that cannot be made is reported', async () => {
    await using collector = await MisbehavingCollector.open();
    await writeFile(join(directory, 'lock'), `${process.pid} 1`);
    const { transport, problems } = openTransport(collector.url, { spool: { directory } });
    await transport.close();
    expect(problems).toEqual([]);
    const broken = openTransport(collector.url, { spool: { directory: '/dev/null/spool' } });
    broken.transport.emit(endedSpan(1));
    expect(await broken.transport.close()).toMatchObject({ sent: 1 });
    expect(broken.problems.map(({ code }) => code)).toEqual(['spool_failed']);
  });

  it('what a killed process had accepted is sent by the next', async () => {
    await using collector = await MisbehavingCollector.open();
    const entry = pathToFileURL(join(import.meta.dirname, '..', '..', 'src', 'index.ts')).href;
    const program = `
      const { existsSync, readFileSync } = await import('node:fs');
      const { HttpTransport } = await import(${JSON.stringify(entry)});
      const transport = new HttpTransport({ apiUrl: '${await refusedUrl()}', spool: { directory: ${JSON.stringify(directory)} } });
      transport.emit(${JSON.stringify(endedSpan(1))});
      const log = ${JSON.stringify(join(directory, 'spool-1.ndjson'))};
      while (!existsSync(log) || !readFileSync(log, 'utf8').includes('span-create')) await new Promise(setImmediate);
      process.kill(process.pid, 'SIGKILL');
    `;
    const killed = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'ignore' });
    await once(killed, 'exit');
    const { transport, problems } = openTransport(collector.url, { spool: { directory } });
    expect(await transport.close()).toMatchObject({ sent: 1, kept: 0, dropped: 0 });
    expect(collector.payloads('name')).toEqual(['span 1']);
    expect(problems).toEqual([]);
  });

  it('a disk that fails is reported once, and delivery goes on without the spool', async () => {
    await using collector = await MisbehavingCollector.open();
    const { transport, problems } = openTransport(collector.url, { spool: { directory, maxBytes: 40_000 } });
    transport.emit(endedSpan(0));
    await collector.until(() => collector.spans.length === 1);
    await rm(directory, { recursive: true });
    for (let number = 1; number <= 100; number += 1) {
      transport.emit(endedSpan(number, { inputs: 'x'.repeat(500) }));
      await collector.until(() => collector.spans.length === number + 1);
    }
    expect(transport.counters().spool).toMatchObject({ broken: true });
    expect(await transport.close()).toMatchObject({ sent: 101, dropped: 0 });
    expect(problems.map(({ code }) => code)).toEqual(['spool_failed']);
  });
});
