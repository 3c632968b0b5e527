import { describe, expect, it } from 'vitest';
import { call, job, outcomesOf } from '../jobs.ts';
import { boxesOfOurs, eventually } from './boxes-of-ours.ts';
import { missingHere } from './missing-here.ts';
import { openedSandboxes } from './opened-sandboxes.ts';

const missing = await missingHere('python');
const LONG = { cpuMs: 60_000, wallMs: 60_000 };
const BOXES = ['a box that is not yet ready', 'a box that is ready'] as const;
/** Processes of a box that is ready: bubblewrap, its process 1, five stages. */
const READY_BOX = 7;

describe.skipIf(missing !== '')(`the steps of a Python job${missing}`, () => {
  const open = openedSandboxes();

  /** A sandbox whose next box has just been started, or has waited long enough to be ready for the usual job. */
  const openWith = async (boxes: (typeof BOXES)[number]) => {
    if (boxes === 'a box that is not yet ready') return open({ parkedAtLeast: 0 });
    const sandbox = await open();
    let before = 0;
    await eventually(boxesOfOurs, (found) => {
      const { length } = found.boxes;
      const isReady = length > 0 && length % READY_BOX === 0 && length === before;
      before = length;
      return isReady;
    });
    return sandbox;
  };

  it.each(BOXES)('what a step leaves running has met no step after it, in %s', async (boxes) => {
    const sandbox = await openWith(boxes);
    const source = [
      'import os, time',
      'def leave():',
      '    if os.fork() == 0:',
      '        if os.fork() == 0:',
      '            os.setsid()',
      '            while True:',
      '                open("/box/seen", "a").close()',
      '        os._exit(0)',
      '    while not os.path.exists("/box/seen"):',
      '        time.sleep(0.001)',
      '    return True',
      'def look():',
      '    time.sleep(0.02)',
      '    return os.path.exists("/box/seen")',
    ].join('\n');
    const outcomes = await outcomesOf(
      sandbox,
      job(
        'python',
        source,
        ['leave', 'look', 'leave', 'look'].map((name) => call(name)),
      ),
    );
    expect(outcomes.map((outcome) => outcome.status === 'returned' && outcome.value)).toEqual(
      [true, false, true, false].map((value) => ({ type: 'boolean', value })),
    );
  });

  it.each(BOXES)('more steps than are made at once in %s are each a process of their own', async (boxes) => {
    const sandbox = await openWith(boxes);
    const source = [
      'import os, random, signal',
      'calls = 0',
      'def f():',
      '    global calls',
      '    calls += 1',
      '    return [calls, os.getpid(), random.random()]',
      'def end_others():',
      '    os.kill(-1, signal.SIGKILL)',
    ].join('\n');
    const names = [...Array<string>(3).fill('f'), 'end_others', ...Array<string>(10).fill('f')];
    const outcomes = await outcomesOf(
      sandbox,
      job(
        'python',
        source,
        names.map((name) => call(name)),
      ),
    );
    const counted = outcomes.filter((_, index) => names[index] === 'f');
    const told = counted.flatMap((outcome) => (outcome.status === 'returned' ? [JSON.stringify(outcome.value)] : []));
    expect(told).toHaveLength(counted.length);
    expect(new Set(told).size).toBe(told.length);
    for (const value of told) expect(value).toContain('"items":[{"type":"integer","value":"1"}');
  });

  it.each(BOXES)('a step with less time than the others ends at its own, in %s', async (boxes) => {
    const sandbox = await openWith(boxes);
    const source = 'def f():\n    while True: pass\ndef g(): return 1';
    const submitted = job('python', source, [{ ...call('f'), timeoutMs: 200 }, call('g')], LONG);
    const outcomes = await outcomesOf(sandbox, submitted);
    expect(outcomes[0]).toMatchObject({ status: 'timed-out', limitMs: 200, line: 2 });
    expect(outcomes[1]).toMatchObject({ status: 'returned' });
  });

  it.each(BOXES)('a source that takes long to compile runs all the same, in %s', async (boxes) => {
    const sandbox = await openWith(boxes);
    const source = `${'x = [1, 2, 3]\n'.repeat(40_000)}def f(): return x[0]`;
    const outcomes = await outcomesOf(sandbox, job('python', source, [call('f'), call('f')], LONG));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'returned', value: { value: '1' } });
  });

  it.each(BOXES)('a source whose code is long runs all the same, in %s', async (boxes) => {
    const sandbox = await openWith(boxes);
    const source = Array.from({ length: 1000 }, (_, index) => `def f${index}(n):\n    return n + ${index}\n`).join('');
    const outcomes = await outcomesOf(sandbox, job('python', source, [call('f1', 1), call('f999', 1)], LONG));
    expect(outcomes).toMatchObject([{ value: { value: '2' } }, { value: { value: '1000' } }]);
  });

  it.each(BOXES)('a source that does not compile, or ends what compiles it, is told, in %s', async (boxes) => {
    const broken = await (await openWith(boxes)).run(job('python', 'def f(:\n', [call('f'), call('f')]));
    expect(broken).toMatchObject({ status: 'syntax-error', error: { line: 1 } });
    const deep = job('python', `x = ${'-'.repeat(400_000)}1\ndef f(): return 1`, [call('f'), call('f')], LONG);
    const run = await (await openWith(boxes)).run(deep);
    if (run.status === 'ran') expect(run.outcomes.map(({ status }) => status)).not.toContain('returned');
    else expect(run.status).toBe('syntax-error');
  });

  it.each(BOXES)('a step that fails has its own line, in %s', async (boxes) => {
    const sandbox = await openWith(boxes);
    const source = 'def f(n):\n    if n == 0:\n        return 0\n    return 1 // (n - 2)';
    const outcomes = await outcomesOf(sandbox, job('python', source, [call('f', 0), call('f', 2), call('f', 2)]));
    const raised = { status: 'raised', error: { type: 'ZeroDivisionError', file: 'solution.py', line: 4 } };
    expect(outcomes).toMatchObject([{ status: 'returned' }, raised, raised]);
  });
});
