import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProcessOptions } from '../../src/process/process-options.ts';
import { ProcessOptionInvalid } from '../../src/process/process-options.ts';
import type { ProcessResult } from '../../src/process/process-result.ts';
import { runProcess } from '../../src/process/run-process.ts';
import { type Lifelines, openLifelines } from './lifelines.ts';

const PATH = '/usr/local/bin:/usr/bin:/bin';
/** Far longer than any of these children needs: reaching it is a failure. */
const AMPLE_MS = 60_000;

type Options = Partial<ProcessOptions>;

function sh(script: string, options: Options = {}): Promise<ProcessResult> {
  return runProcess('sh', ['-c', script], { timeLimitMs: AMPLE_MS, environment: { set: { PATH } }, ...options });
}

function node(script: string, options: Options = {}): Promise<ProcessResult> {
  return runProcess(process.execPath, ['-e', script], { timeLimitMs: AMPLE_MS, ...options });
}

let lifelines: Lifelines;

beforeEach(async () => {
  lifelines = await openLifelines();
});

afterEach(() => lifelines.close());

/** Starts, within a node program, a grandchild that holds a lifeline. */
function startGrandchild(source: string, options: string): string {
  return `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(source)}], ${options})`;
}

describe('a child that ends by itself', () => {
  test('gives its output, its exit code and its time', async () => {
    const result = await sh('cat; echo note >&2; exit 3', { stdin: 'the input' });
    expect(result).toMatchObject({
      status: 'exited',
      exitCode: 3,
      stdout: 'the input',
      truncated: false,
      stderr: 'note',
      stderrTruncated: false,
    });
    expect(result.durationMs).toBeGreaterThan(0);
  });

  test('has an empty stdin unless it is given one', async () => {
    expect(await sh('cat')).toMatchObject({ status: 'exited', stdout: '' });
    expect(await sh('cat', { stdin: new Uint8Array([0x61]) })).toMatchObject({ stdout: 'a' });
  });

  test('by a signal that is not ours has that signal as its end', async () => {
    expect(await sh('kill -SEGV $$')).toMatchObject({ status: 'signalled', signal: 'SIGSEGV', exitCode: null });
  });

  test('gets the file descriptors that it is to inherit, as 3 and up, and they stay open here', async () => {
    const file = await open(import.meta.filename);
    const again = await open(import.meta.dirname);
    const result = await sh('head -c 6 <&3; ls /dev/fd/4/', { inherit: [file.fd, again.fd] });
    expect(result.stdout).toMatch(/^import.*run-process.test.ts/s);
    await file.close();
    await again.close();
  });

  test('runs in the directory that it is given', async () => {
    expect(await sh('pwd', { cwd: '/usr' })).toMatchObject({ stdout: '/usr\n' });
  });
});

describe('the environment', () => {
  test('holds nothing of ours by default', async () => {
    const result = await node('console.log(JSON.stringify(Object.keys(process.env)))');
    expect(result).toMatchObject({ status: 'exited', stdout: '[]\n' });
  });

  test('holds the names that are allowed and set, and no others', async () => {
    const source = { PATH, PROVIDER_KEY: 'k', OTHER_KEY: 'o', HOME: undefined };
    const environment = { source, allow: ['PATH', 'PROVIDER_KEY', 'HOME', 'toString'], set: { MODE: 'test' } };
    const result = await node('console.log(JSON.stringify(process.env))', { environment });
    expect(JSON.parse(result.stdout)).toEqual({ PATH, PROVIDER_KEY: 'k', MODE: 'test' });
    const base = await node('console.log(JSON.stringify(process.env))', { environment: { source } });
    expect(JSON.parse(base.stdout)).toEqual({ PATH });
  });
});

describe('a child that does not start', () => {
  test.each([
    ['no such program', ['no-such-program', []], 'ENOENT'],
    ['a directory as a program', ['/', []], 'EACCES'],
    ['an argument with a NUL', ['sh', ['a\0b']], 'ERR_INVALID_ARG_VALUE'],
    ['arguments beyond the limit of the system', ['sh', ['x'.repeat(4_000_000)]], 'E2BIG'],
  ] as const)('%s', async (_name, [command, args], code) => {
    const result = await runProcess(command, args, { timeLimitMs: AMPLE_MS, environment: { set: { PATH } } });
    expect(result).toMatchObject({ status: 'spawn-failed', code, stdout: '', exitCode: null });
  });

  test('is told of without its secrets', async () => {
    const result = await runProcess('/no/top-secret/program', [], {
      timeLimitMs: AMPLE_MS,
      cwd: '/',
      stdin: 'never read',
      secrets: ['top-secret'],
    });
    if (result.status !== 'spawn-failed') throw new Error(`it is ${result.status}`);
    expect(result.message).toBe('/no/[redacted]/program: there is no such file or folder');
    expect(JSON.stringify(result)).not.toContain('top-secret');
  });

  test('because its signal had aborted', async () => {
    const result = await sh('exit 0', { signal: AbortSignal.abort('no more') });
    expect(result).toMatchObject({ status: 'aborted', reason: 'no more', durationMs: 0 });
  });

  test.each(['timeLimitMs', 'graceMs', 'maxStdoutBytes', 'maxLineChars', 'stderrTailLines'])(
    'because %s is out of range',
    async (option) => {
      await expect(sh('exit 0', { [option]: Number.NaN })).rejects.toThrow(ProcessOptionInvalid);
      await expect(sh('exit 0', { [option]: -1 })).rejects.toThrow(option);
    },
  );
});

describe('a child that hangs', () => {
  test('ends by SIGTERM at its time limit, with what it had written', async () => {
    const result = await sh('echo begun; exec sleep 1000', { timeLimitMs: 1_000 });
    expect(result).toMatchObject({ status: 'timed-out', timeLimitMs: 1_000, exitCode: null, stdout: 'begun\n' });
  });

  test('and exits 0 when it is asked to has still timed out', async () => {
    const ready = Promise.withResolvers<void>();
    const controller = new AbortController();
    const running = node(
      "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000); console.error('up')",
      {
        signal: controller.signal,
        onStderrLine: () => ready.resolve(),
      },
    );
    await ready.promise;
    controller.abort('enough');
    expect(await running).toMatchObject({ status: 'aborted', reason: 'enough', exitCode: 0 });
  });

  test('and ignores SIGTERM is killed after the grace', async () => {
    const ready = Promise.withResolvers<void>();
    const controller = new AbortController();
    const running = sh("trap '' TERM; echo up >&2; while :; do sleep 1000; done", {
      signal: controller.signal,
      graceMs: 100,
      onStderrLine: () => ready.resolve(),
    });
    await ready.promise;
    controller.abort();
    const result = await running;
    expect(result).toMatchObject({ status: 'aborted', exitCode: null });
    expect(result.durationMs).toBeGreaterThanOrEqual(100);
  });

  test('never reads a large stdin and is ended all the same', async () => {
    const result = await sh('exec sleep 1000', { stdin: 'x'.repeat(10_000_000), timeLimitMs: 100 });
    expect(result.status).toBe('timed-out');
  });
});

describe('grandchildren', () => {
  test('die with a child that is ended, also those that ignore SIGTERM', async () => {
    const lifeline = lifelines.next();
    const grandchild = lifelines.hold({ first: "process.on('SIGTERM', () => {})" });
    const controller = new AbortController();
    const running = node(`${startGrandchild(grandchild, "{ stdio: 'ignore' }")}; setInterval(() => {}, 1000)`, {
      signal: controller.signal,
      graceMs: 50,
    });
    const { dead } = await lifeline;
    controller.abort();
    expect(await running).toMatchObject({ status: 'aborted' });
    await dead;
  });

  test('have the rest of the grace when the child is gone before them', async () => {
    const lifeline = lifelines.next();
    const cleaning =
      "process.on('SIGTERM', () => setImmediate(() => { socket.end('cleaned up', () => process.exit()) }))";
    const controller = new AbortController();
    const running = node(
      `${startGrandchild(lifelines.hold({ first: cleaning }), "{ stdio: 'ignore' }")}; setInterval(() => {}, 1000)`,
      {
        signal: controller.signal,
        graceMs: AMPLE_MS,
      },
    );
    const { connected, dead } = await lifeline;
    let said = '';
    connected.on('data', (text) => {
      said += text.toString();
    });
    controller.abort();
    await running;
    await dead;
    expect(said).toBe('cleaned up');
  });

  test.runIf(existsSync('/usr/bin/setsid'))('that are dead and that nobody collects hold nothing up', async () => {
    const controller = new AbortController();
    // The keeper leaves the group with a child in it, and never waits for that child.
    const keeper = "sleep 1000 & exec setsid sh -c 'echo $$ >&2; exec sleep 1000'";
    const result = await sh(`sh -c "${keeper.replaceAll('$', '\\$')}" & wait`, {
      signal: controller.signal,
      graceMs: AMPLE_MS,
      onStderrLine: () => controller.abort(),
    });
    process.kill(Number(result.stderr), 'SIGKILL');
    expect(result).toMatchObject({ status: 'aborted', exitCode: null });
  });

  test('die after a normal exit of the child as well, with what they held open', async () => {
    const lifeline = lifelines.next();
    const running = node(
      `const child = ${startGrandchild(lifelines.hold({ last: "console.log('grandchild')" }), "{ stdio: ['ignore', 'pipe', 'inherit'] }")};
       child.stdout.once('data', () => { console.log('done'); process.exit(0); });`,
    );
    const { dead } = await lifeline;
    expect(await running).toMatchObject({ status: 'exited', exitCode: 0, stdout: 'done\n' });
    await dead;
  });

  test('that left the group and hold stdout open do not hold the result', async () => {
    const lifeline = lifelines.next();
    const escaped = lifelines.hold();
    const running = node(
      `const child = ${startGrandchild(escaped, "{ detached: true, stdio: ['ignore', 'inherit', 'inherit'] }")};
       console.log(child.pid); process.exitCode = 0; child.unref();`,
    );
    const { dead } = await lifeline;
    const result = await running;
    expect(result).toMatchObject({ status: 'exited', exitCode: 0 });
    // Out of the runner's reach by design: the test ends it.
    process.kill(Number(result.stdout), 'SIGKILL');
    await dead;
  });
});

describe('output', () => {
  test('of a gigabyte ends the process at the cap', async () => {
    const result = await sh('head -c 1000000000 /dev/zero', { maxStdoutBytes: 1_000 });
    expect(result).toMatchObject({ status: 'output-limit', maxStdoutBytes: 1_000, truncated: true });
    expect(result.stdout).toBe('\0'.repeat(1_000));
  });

  test('of a gigabyte is read and dropped beyond the cap when it may be cut', async () => {
    const before = process.memoryUsage().rss;
    const result = await sh('head -c 1000000000 /dev/zero; echo end >&2', {
      maxStdoutBytes: 1_000,
      whenOutputFull: 'cut',
    });
    expect(result).toMatchObject({ status: 'exited', exitCode: 0, truncated: true, stderr: 'end' });
    expect(result.stdout).toHaveLength(1_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
  });

  test('beyond the cap is told the same way when the child is gone before it is read', async () => {
    for (let run = 0; run < 5; run += 1) {
      expect(await sh('printf 12345', { maxStdoutBytes: 4 })).toMatchObject({ status: 'output-limit', stdout: '1234' });
    }
    expect(await sh('printf 1234', { maxStdoutBytes: 4 })).toMatchObject({ status: 'exited', truncated: false });
  });

  test('that never ends on stderr is bounded by line and by lines', async () => {
    const result = await sh('yes 12345678 | head -n 100000 >&2; head -c 1000000 /dev/zero >&2', {
      maxLineChars: 4,
      stderrTailLines: 2,
    });
    expect(result).toMatchObject({ status: 'exited', stderr: '1234…\n\0\0\0\0…', stderrTruncated: true });
  });

  test('is one UTF-8 stream, however it is split across writes', async () => {
    const text = '€ 😀 é';
    const result = await node(
      `const bytes = Buffer.from(${JSON.stringify(text)});
       const write = (at) => { if (at < bytes.length) process.stdout.write(bytes.subarray(at, at + 1), () => process.stderr.write(bytes.subarray(at, at + 1), () => setImmediate(write, at + 1))); };
       write(0);`,
    );
    expect(result).toMatchObject({ stdout: text, stderr: text });
  });

  test('cut within a character ends before it', async () => {
    expect(await sh("printf 'a€'", { maxStdoutBytes: 3, whenOutputFull: 'cut' })).toMatchObject({ stdout: 'a' });
    expect(await sh("printf 'a\\342\\202'")).toMatchObject({ stdout: 'a\uFFFD' });
  });

  test('on pipes that the child closes early ends there and the child goes on', async () => {
    const result = await sh('echo out; exec <&- >&- 2>&-; exit 7', { stdin: 'x'.repeat(1_000_000) });
    expect(result).toMatchObject({ status: 'exited', exitCode: 7, stdout: 'out\n' });
  });

  test('comes line by line while the child runs', async () => {
    const lines: string[] = [];
    const controller = new AbortController();
    const result = await sh("echo first >&2; printf 'sec' >&2; echo ond >&2; exec sleep 1000", {
      signal: controller.signal,
      onStderrLine: (line) => {
        lines.push(line);
        if (line === 'second') controller.abort();
      },
    });
    expect(lines).toEqual(['first', 'second']);
    expect(result).toMatchObject({ status: 'aborted', stderr: 'first\nsecond' });
  });

  test('whose listener throws ends the child, and the call rejects with what it threw', async () => {
    let calls = 0;
    const lifeline = lifelines.next();
    const running = node(lifelines.hold({ last: "console.error('a\\nb')" }), {
      onStderrLine: () => {
        calls += 1;
        throw new Error('the listener failed');
      },
    });
    const failure = running.catch((error: unknown) => error);
    const { dead } = await lifeline;
    expect(await failure).toEqual(new Error('the listener failed'));
    await dead;
    expect(calls).toBe(1);
  });

  test('whose listener throws at the last line of a child that has exited is told as well', async () => {
    const onStderrLine = (): never => {
      throw new Error('the listener failed');
    };
    await expect(sh('printf last >&2', { onStderrLine })).rejects.toThrow('the listener failed');
  });
});

describe('secrets', () => {
  const secrets = ['sk-live-0123456789', 'hunter2'];

  test('are in no output, however they are split across writes', async () => {
    const lines: string[] = [];
    const result = await node(
      `const parts = ['key=sk-li', 've-01234', '56789 password=hun', 'ter2\\n'];
       const write = (at) => { if (at < parts.length) process.stdout.write(parts[at], () => process.stderr.write(parts[at], () => setImmediate(write, at + 1))); };
       write(0);`,
      { secrets, onStderrLine: (line) => void lines.push(line) },
    );
    expect(lines).toEqual(['key=[redacted] password=[redacted]']);
    expect(result).toMatchObject({ stdout: 'key=[redacted] password=[redacted]\n', stderr: lines[0] });
  });

  test('are not half in the output where the cap or the end of the child cuts them', async () => {
    const capped = await sh('printf "key=sk-live-0123456789"', { secrets, maxStdoutBytes: 12 });
    expect(capped).toMatchObject({ status: 'output-limit', stdout: 'key=[redacted]' });
    const ended = await sh('printf "key=sk-live-"; printf "key=sk-live-" >&2; exec sleep 1000', {
      secrets,
      timeLimitMs: 1_000,
    });
    expect(ended).toMatchObject({ status: 'timed-out', stdout: 'key=[redacted]', stderr: 'key=[redacted]' });
  });
});

test('a process does not outlive the one that runs it and exits', async () => {
  const lifeline = lifelines.next();
  const source = import.meta.resolve('../../src/process/run-process.ts');
  const running = runProcess(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { runProcess } from ${JSON.stringify(source)};
       await runProcess(process.execPath, ['-e', ${JSON.stringify(lifelines.hold({ last: "console.error('up')" }))}], {
         timeLimitMs: ${AMPLE_MS}, onStderrLine: () => process.exit(5),
       });`,
    ],
    { timeLimitMs: AMPLE_MS },
  );
  const { dead } = await lifeline;
  expect(await running).toMatchObject({ status: 'exited', exitCode: 5 });
  await dead;
});

test('many processes at once leave no listener, timer or child behind', async () => {
  const exitListeners = process.listenerCount('exit');
  const controller = new AbortController();
  const results = await Promise.all(
    Array.from({ length: 20 }, (_none, index) => sh(`exit ${index}`, { signal: controller.signal })),
  );
  expect(results.map((result) => result.exitCode)).toEqual(results.map((_result, index) => index));
  expect(process.listenerCount('exit')).toBe(exitListeners);
});
