import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { LineWorker } from '../../src/process/line-worker.ts';
import type { LineResult, LineWorkerOptions } from '../../src/process/line-worker-options.ts';
import { LineWorkerBusy, LineWorkerClosed, WorkerLineInvalid } from '../../src/process/line-worker-options.ts';
import { ProcessOptionInvalid } from '../../src/process/process-options.ts';
import { openLifelines } from './lifelines.ts';

/** Far longer than any of these workers needs: reaching it is a failure. */
const AMPLE = { timeLimitMs: 60_000 };

/** Asked `CODE`, it runs that as JavaScript with `say(text)` for stdout and `note(text)` for stderr. */
const OBEDIENT = `
  const say = (text) => require('node:fs').writeSync(1, text);
  const note = (text) => require('node:fs').writeSync(2, text);
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => eval(line));
`;

const open = new Set<LineWorker>();

function worker(options: LineWorkerOptions = {}, program = OBEDIENT): LineWorker {
  const made = new LineWorker(process.execPath, ['-e', program], options);
  open.add(made);
  return made;
}

afterEach(async () => {
  await Promise.all([...open].map((made) => made.close()));
  open.clear();
});

function ask(made: LineWorker, code: string): Promise<LineResult> {
  return made.request(code, AMPLE);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The id of the process that answers now. */
async function pidOf(made: LineWorker): Promise<number> {
  const result = await ask(made, "say(process.pid + '\\n')");
  if (result.status !== 'answered') throw new Error(`it is ${result.status}`);
  return Number(result.line);
}

describe('a worker', () => {
  test('is started once and asked many times', async () => {
    const made = worker();
    expect(made.pid).toBeNull();
    const pid = await pidOf(made);
    expect(made.pid).toBe(pid);
    for (let round = 0; round < 20; round += 1) {
      expect(await ask(made, `say('${round} ' + process.pid + '\\n')`)).toMatchObject({
        status: 'answered',
        line: `${round} ${pid}`,
      });
    }
  });

  test('can be started ahead, and a program that is not there says so', async () => {
    const made = worker();
    expect(await made.start()).toBeNull();
    const { pid } = made;
    expect(pid).not.toBeNull();
    expect(await made.start()).toBeNull();
    expect(await pidOf(made)).toBe(pid);
    const missing = new LineWorker('/no/top-secret/program', [], { secrets: ['top-secret'] });
    for (const result of [await missing.start(), await ask(missing, 'x')]) {
      expect(result).toMatchObject({ status: 'spawn-failed', code: 'ENOENT' });
      expect(result).toHaveProperty('message', expect.stringContaining('/no/[redacted]/'));
    }
    await missing.close();
  });

  test('gets a question of any size and answers up to its cap, in one UTF-8 stream', async () => {
    const made = worker({ maxAnswerBytes: 1_000_003 });
    const text = 'ä€😀'.repeat(111_111);
    expect(await ask(made, `say(${JSON.stringify(text)}.length + '\\n')`)).toMatchObject({ line: `${text.length}` });
    expect(await ask(made, "say('€'.repeat(333_335) + '\\r\\n')")).toMatchObject({
      status: 'output-limit',
      truncated: true,
    });
    const split = `const bytes = Buffer.from('€ 😀\\r\\n');
      const write = (at) => { if (at < bytes.length) process.stdout.write(bytes.subarray(at, at + 1), () => setImmediate(write, at + 1)); };
      write(0);`.replaceAll('\n', ' ');
    expect(await ask(made, split)).toMatchObject({ status: 'answered', line: '€ 😀' });
    expect(await ask(made, "say('\\n')")).toMatchObject({ status: 'answered', line: '' });
  });

  test('knows the environment that it is given and no other', async () => {
    const made = worker({ environment: { source: { KEY: 'k', OTHER: 'o' }, allow: ['KEY'] } });
    expect(await ask(made, "say(JSON.stringify(process.env) + '\\n')")).toMatchObject({ line: '{"KEY":"k"}' });
  });
});

describe('what it says on stderr', () => {
  test('belongs to the request that it was said in, also just before the answer', async () => {
    const made = worker();
    for (let round = 0; round < 100; round += 1) {
      const lines: string[] = [];
      const result = await made.request(`note('one\\ntwo ${round}\\n'); say('done\\n')`, {
        ...AMPLE,
        onStderrLine: (line) => lines.push(line),
      });
      expect(lines).toEqual(['one', `two ${round}`]);
      expect(result).toMatchObject({ line: 'done', stderr: `one\ntwo ${round}`, stderrTruncated: false });
    }
  });

  test('is bounded by lines and by line', async () => {
    const made = worker({ maxLineChars: 3, stderrTailLines: 2 });
    expect(await ask(made, "note('a\\nb\\n12345\\n'); say('x\\n')")).toMatchObject({
      stderr: 'b\n123…',
      stderrTruncated: true,
    });
    expect(await ask(made, "note('c\\n'); say('x\\n')")).toMatchObject({ stderr: 'c', stderrTruncated: false });
  });

  test('ends the worker when its listener throws, and the request rejects with that', async () => {
    const made = worker();
    const pid = await pidOf(made);
    let calls = 0;
    const onStderrLine = (): never => {
      calls += 1;
      throw new Error('the listener failed');
    };
    const asked = made.request("note('a\\nb\\n'); say('x\\n')", { ...AMPLE, onStderrLine });
    await expect(asked).rejects.toThrow('the listener failed');
    expect(calls).toBe(1);
    expect(isAlive(pid)).toBe(false);
  });

  test('holds no secret, nor does an answer, however it is cut', async () => {
    const made = worker({ secrets: ['hunter2-0123'], maxAnswerBytes: 100 });
    const lines: string[] = [];
    const result = await made.request("note('key hunter2-0123\\n'); say('k hunt'); say('er2-0123.\\n')", {
      ...AMPLE,
      onStderrLine: (line) => lines.push(line),
    });
    expect(result).toMatchObject({ line: 'k [redacted].', stderr: 'key [redacted]' });
    expect(lines).toEqual(['key [redacted]']);
    expect(await ask(made, "say('hunter2-'); process.exit(1)")).toMatchObject({
      status: 'exited',
      stdout: '[redacted]',
    });
  });
});

describe('a worker that does not answer', () => {
  test('because it exits is a result with its last words, and the next request starts another', async () => {
    const made = worker();
    const first = await pidOf(made);
    expect(await ask(made, "note('cannot go on\\n'); say('half'); process.exit(3)")).toMatchObject({
      status: 'exited',
      exitCode: 3,
      stdout: 'half',
      stderr: 'cannot go on',
    });
    expect(made.pid).toBeNull();
    expect(await ask(made, "process.kill(process.pid, 'SIGKILL')")).toMatchObject({
      status: 'signalled',
      signal: 'SIGKILL',
    });
    expect(await pidOf(made)).not.toBe(first);
  });

  test('and exits right after its answer has answered', async () => {
    for (let round = 0; round < 5; round += 1) {
      const result = await ask(worker(), "say('last\\n'); process.exit(1)");
      expect(result).toMatchObject({ status: 'answered', line: 'last' });
    }
  });

  test('in time is ended, also one that ignores SIGTERM, with all that it started', async () => {
    const lifelines = await openLifelines();
    const lifeline = lifelines.next();
    const made = worker({ graceMs: 50 });
    const pid = await pidOf(made);
    const ignore = "process.on('SIGTERM', () => {})";
    const grandchild = JSON.stringify(lifelines.hold({ first: ignore }));
    await ask(
      made,
      `${ignore}; require('node:child_process').spawn(process.execPath, ['-e', ${grandchild}]); say('x\\n')`,
    );
    const { dead } = await lifeline;
    const result = await made.request('setInterval(() => {}, 1000)', { timeLimitMs: 30 });
    expect(result).toMatchObject({ status: 'timed-out', timeLimitMs: 30, exitCode: null });
    await dead;
    expect(await pidOf(made)).not.toBe(pid);
    await lifelines.close();
  });

  test('before the signal aborts is ended, and its late answer is nobody else’s', async () => {
    const made = worker();
    const controller = new AbortController();
    const reason = new Error('enough');
    const asked = made.request("process.on('SIGTERM', () => { say('late\\n'); process.exit() }); note('up\\n')", {
      ...AMPLE,
      signal: controller.signal,
      onStderrLine: () => controller.abort(reason),
    });
    expect(await asked).toMatchObject({ status: 'aborted', reason, exitCode: 0 });
    expect(await ask(made, "say('own\\n')")).toMatchObject({ status: 'answered', line: 'own' });
    expect(await made.request('x', { ...AMPLE, signal: controller.signal })).toMatchObject({
      status: 'aborted',
      reason,
    });
    expect(made.pid).not.toBeNull();
  });

  test('because it closed its pipes is ended', async () => {
    const made = worker({ graceMs: 30 });
    const result = await ask(made, "require('node:fs').closeSync(1); setInterval(() => {}, 1000)");
    expect(result).toMatchObject({ status: 'signalled', signal: 'SIGTERM' });
  });

  test('within the cap is ended', async () => {
    const made = worker({ maxAnswerBytes: 5 });
    expect(await ask(made, "say('123456'); setInterval(() => {}, 1000)")).toMatchObject({
      status: 'output-limit',
      maxStdoutBytes: 5,
      stdout: '12345',
      truncated: true,
    });
    expect(await ask(made, "say('12345\\n')")).toMatchObject({ status: 'answered', line: '12345' });
  });
});

describe('a worker that speaks unasked', () => {
  test('after its answer is replaced: the words are not taken for the next answer', async () => {
    const made = worker();
    const pid = await pidOf(made);
    expect(await ask(made, "say('answer\\nnoise\\n')")).toMatchObject({ status: 'answered', line: 'answer' });
    expect(made.pid).toBeNull();
    expect(await pidOf(made)).not.toBe(pid);
  });

  test('while nobody asks is replaced', async () => {
    const lifelines = await openLifelines();
    const lifeline = lifelines.next();
    const made = worker();
    const pid = await pidOf(made);
    const noise = lifelines.hold({ first: "socket.on('data', () => say('noise\\n'))" });
    await ask(made, `${noise} say('x\\n')`);
    const { connected, dead } = await lifeline;
    connected.write('speak');
    await dead;
    expect(await pidOf(made)).not.toBe(pid);
    await lifelines.close();
  });
});

describe('misuse and the end', () => {
  test('what is no single line, or no time, is refused', async () => {
    const made = worker();
    await expect(ask(made, 'a\nb')).rejects.toThrow(WorkerLineInvalid);
    await expect(ask(made, 'a\rb')).rejects.toThrow('at character 1');
    await expect(made.request('x', { timeLimitMs: Number.NaN })).rejects.toThrow(ProcessOptionInvalid);
    expect(() => worker({ maxAnswerBytes: -1 })).toThrow('maxAnswerBytes');
    expect(made.pid).toBeNull();
  });

  test('a second question at once is refused, the first one is answered', async () => {
    const made = worker();
    const first = ask(made, "say('first\\n')");
    await expect(ask(made, "say('second\\n')")).rejects.toThrow(LineWorkerBusy);
    expect(await first).toMatchObject({ line: 'first' });
  });

  test('closing ends the request under way and the worker, and refuses what follows', async () => {
    const made = worker();
    const up = Promise.withResolvers<void>();
    const asked = made.request("note('up\\n'); setInterval(() => {}, 1000)", {
      ...AMPLE,
      onStderrLine: () => up.resolve(),
    });
    await up.promise;
    const { pid } = made;
    const closing = made.close();
    expect(await asked).toMatchObject({ status: 'aborted', reason: new LineWorkerClosed() });
    await closing;
    expect(pid !== null && isAlive(pid)).toBe(false);
    await expect(ask(made, 'x')).rejects.toThrow(LineWorkerClosed);
    await made.close();
  });

  test('many requests leave no listener behind', async () => {
    const exitListeners = process.listenerCount('exit');
    const { signal } = new AbortController();
    const made = worker();
    for (let round = 0; round < 5; round += 1) await made.request("say('x\\n')", { ...AMPLE, signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await made.close();
    expect(process.listenerCount('exit')).toBe(exitListeners);
  });
});

describe('an answer that is looked at first', () => {
  test('and does not fit ends the worker, and the request with what was thrown', async () => {
    const made = worker();
    const refuse = (line: string): void => {
      throw new Error(`not ${line}`);
    };
    await expect(made.request("say('mine\\n')", { ...AMPLE, checkAnswer: refuse })).rejects.toThrow('not mine');
    expect(made.pid).toBeNull();
    const next = await made.request("say('again\\n')", { ...AMPLE, checkAnswer: () => undefined });
    expect(next).toMatchObject({ status: 'answered', line: 'again' });
  });
});
