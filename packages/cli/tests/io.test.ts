import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processIo } from '../src/io.ts';
import { fakeServer, sendEvents, TASK_ID, taskEvent } from './support/fake-server.ts';

const LAUNCHER = join(import.meta.dirname, '..', 'bin', 'switchyard.js');

describe('the real process', () => {
  it('is what the commands see, and gets its listeners back', () => {
    const before = ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'].map((name) => process.listenerCount(name));
    const io = processIo();
    expect([io.env, io.cwd, io.outputClosed.aborted]).toEqual([process.env, process.cwd(), false]);
    expect([io.stdout.isTTY, io.stderr.columns]).toEqual([process.stdout.isTTY, process.stderr.columns]);
    const signals: string[] = [];
    const stopListening = io.onStopSignal((signal) => signals.push(signal));
    process.emit('SIGHUP', 'SIGHUP');
    const stopReloading = io.onReload(() => signals.push('reload'));
    process.emit('SIGHUP', 'SIGHUP');
    stopReloading();
    process.emit('SIGHUP', 'SIGHUP');
    stopListening();
    expect(signals).toEqual(['SIGHUP', 'reload', 'SIGHUP']);
    expect(['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'].map((name) => process.listenerCount(name))).toEqual(before);
  });

  it('ends without a stack trace when whoever reads its output goes', async () => {
    await using server = await fakeServer((_, response) => {
      sendEvents(response, [taskEvent(1, 'task-submitted')]);
      child.stdout.once('close', () => sendMore());
      const sendMore = (): void => {
        response.write(`id: 2\ndata: ${JSON.stringify(taskEvent(2, 'task-started'))}\n\n`);
      };
    });
    const child = spawn(process.execPath, [LAUNCHER, 'watch', TASK_ID, '--server', server.url], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let message = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      message += text;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(message).toContain('stdout was closed');
    expect(message).not.toMatch(/EPIPE|\n\s+at /);
  });

  it('ends with 130 when it is interrupted', async () => {
    await using server = await fakeServer((_, response) => sendEvents(response, [taskEvent(1, 'task-submitted')]));
    const child = spawn(process.execPath, [LAUNCHER, 'watch', TASK_ID, '--server', server.url], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([130, null]);
  });
});
