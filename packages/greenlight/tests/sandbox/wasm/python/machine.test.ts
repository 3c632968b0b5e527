import { beforeAll, describe, expect, it } from 'vitest';
import type { BoxVerdict } from '../../../../src/sandbox/harness/verdict.ts';
import type { BoxCommand } from '../../../../src/sandbox/wasm/box-messages.ts';
import { lineIn, outputIn, outputRoom, prepareRoom } from '../../../../src/sandbox/wasm/output.ts';
import { readSpaces } from '../../../../src/sandbox/wasm/python/changed-spaces.ts';
import {
  compilePythonImage,
  loadPythonHarness,
  type PythonImage,
  rewriteImage,
} from '../../../../src/sandbox/wasm/python/image.ts';
import { type Answer, REHEARSE, runPythonMachine } from '../../../../src/sandbox/wasm/python/machine.ts';
import { bootPython, type PythonSnapshot } from '../../../../src/sandbox/wasm/python/snapshot.ts';
import { assertion, call } from '../../jobs.ts';

describe('a Python machine', () => {
  let image: PythonImage;
  let snapshot: PythonSnapshot;
  beforeAll(async () => {
    image = await compilePythonImage();
    snapshot = bootPython(image, await loadPythonHarness());
  });

  /** The verdicts on a job's begin and steps, and how the machine ended. */
  function dialogue(
    files: { [path: string]: string },
    steps: readonly ReturnType<typeof call>[],
    { memoryMb = 256, rehearses = false } = {},
  ) {
    const output = prepareRoom(outputRoom(), 4);
    const entrypoint = Object.keys(files)[0] ?? '';
    const commands: (BoxCommand | typeof REHEARSE)[] = [
      ...(rehearses ? ([REHEARSE] as const) : []),
      { kind: 'begin', files, entrypoint, memoryMb, output },
      ...steps.map((step) => ({ kind: 'step', step, limitMs: 1000, output }) as const),
    ];
    const answers: BoxVerdict[] = [];
    const peaks: number[] = [];
    const next = (answer: Answer | undefined) => {
      if (answer !== undefined) answers.push(answer.verdict);
      if (answer !== undefined) peaks.push(answer.peakMemoryMb);
      return commands.shift();
    };
    const end = runPythonMachine({ snapshot, memoryMb: 256, next });
    return { answers, peaks, end: end?.verdict, output: outputIn(output), line: lineIn(output) };
  }

  it('answers step by step until it has no more to do', () => {
    const files = {
      'a.py': 'import b\ndef f(x):\n    print(x)\n    return b.g(x)',
      'b.py': 'def g(x):\n    return [x]',
      'data/t.txt': 'text',
    };
    const { answers, end, output } = dialogue(files, [
      call('f', 1),
      assertion('assert open("data/t.txt").read() == "text"'),
    ]);
    expect(answers).toEqual([
      { kind: 'began' },
      { kind: 'returned', value: { type: 'list', items: [{ type: 'integer', value: '1' }] } },
      { kind: 'returned', value: { type: 'null' } },
    ]);
    expect(end).toBeUndefined();
    expect(output.stdout).toBe('1\n');
  });

  it('ends with the code of an exit, with a flood and with too little memory', () => {
    expect(dialogue({ 'a.py': 'import os\ndef f():\n    os._exit(7)' }, [call('f')]).end).toEqual({
      kind: 'exited',
      exitCode: 7,
    });
    expect(dialogue({ 'a.py': 'def f():\n    while True: print("x" * 100000)' }, [call('f')]).end).toEqual({
      kind: 'output-limit',
    });
    const { answers } = dialogue({ 'a.py': 'def f():\n    return len(bytearray(50_000_000))' }, [call('f')], {
      memoryMb: 64,
    });
    expect(answers.at(-1)).toEqual({ kind: 'out-of-memory' });
  });

  it('sleeps, tells the time, and refuses to change files', () => {
    const source =
      'import os, time\ndef f():\n    a = time.monotonic()\n    time.sleep(0.02)\n    return [time.monotonic() - a >= 0.019, abs(time.time() - float(os.stat("a.py").st_mtime)) > 1]\ndef g(n):\n    (os.mkdir, os.remove, os.rmdir)[n]("a.py")';
    const { answers } = dialogue({ 'a.py': source }, [call('f'), call('g', 0), call('g', 1), call('g', 2)]);
    expect(answers[1]).toMatchObject({ value: { items: [{ value: true }, { value: true }] } });
    for (const answer of answers.slice(2))
      expect(answer).toMatchObject({ kind: 'raised', error: { type: 'OSError', line: 7 } });
  });

  it('runs coroutines on a loop without sockets', () => {
    const source =
      'import asyncio\nasync def f(x):\n    await asyncio.sleep(0.01)\n    return x\ndef g(x):\n    return asyncio.run(f(x))';
    const { answers } = dialogue({ 'a.py': source }, [call('f', 1), call('g', 2)]);
    expect(answers.slice(1)).toMatchObject([{ value: { value: '1' } }, { value: { value: '2' } }]);
  });

  it('a file in the way of a folder, and a path out of its folder, are left out', () => {
    const { answers } = dialogue(
      { 'a.py': 'import os\ndef f():\n    return sorted(os.listdir("/box"))', x: '', 'x/y.txt': '', '../z.txt': 'z' },
      [call('f')],
    );
    expect(answers[1]).toMatchObject({
      value: { items: [{ value: 'a.py' }, { value: 'x' }, { value: 'z.txt' }] },
    });
  });

  it('machines of one snapshot share nothing, and draw random numbers of their own', () => {
    const source =
      'import random, sys\ndef f():\n    sys.seen = getattr(sys, "seen", 0) + 1\n    return [sys.seen, random.random()]';
    const runs = [1, 2].map(() => dialogue({ 'a.py': source }, [call('f')]).answers[1]);
    expect(runs).toMatchObject([1, 2].map(() => ({ value: { items: [{ value: '1' }, { type: 'float' }] } })));
    expect(runs[0]).not.toEqual(runs[1]);
  });

  it('tells the most memory that the instance has had', () => {
    const source = 'def f(n):\n    return len(bytearray(n * 1048576))';
    const { peaks } = dialogue({ 'a.py': source }, [call('f', 1), call('f', 60)], { memoryMb: 128 });
    const [before = 0, small = 0, large = 0] = peaks;
    expect(small).toBeLessThan(before + 3);
    expect(large).toBeGreaterThan(before + 55);
    expect(large).toBeLessThanOrEqual(128);
  });

  it.each([false, true])(
    'what a step has changed of a module, by whatever way, the next one finds as it was (rehearsed: %s)',
    (rehearses) => {
      const changes = [
        'math.pi = 3',
        'del math.pi',
        'math.__dict__.update(pi=3)',
        'setattr(math, "tau", 6)',
        'math.__dict__.clear()',
        'vars(__import__("builtins"))["len"] = lambda x: 42',
        'math.pi = 3; math.pi = 3.141592653589793; math.tau = 6',
        'sys.modules["math"] = None',
        'sys.stdout = None; sys.maxsize = 1',
      ];
      const names = changes.map((_, index) => `change_${index}`);
      const source = [
        'import math, sys',
        'def look():',
        '    import math, sys',
        '    return [math.pi, math.tau, len("ab"), sys.maxsize, sys.stdout is None]',
        ...changes.flatMap((change, index) => [`def ${names[index]}():`, `    ${change}`]),
      ].join('\n');
      const steps = names.flatMap((name) => [call(name), call('look')]);
      const { answers } = dialogue({ 'solution.py': source }, [call('look'), ...steps], { rehearses });
      const looks = answers.filter((answer) => answer.kind === 'returned' && answer.value.type === 'list');
      expect(answers.filter((answer) => answer.kind !== 'returned')).toEqual([{ kind: 'began' }]);
      expect(looks).toHaveLength(changes.length + 1);
      for (const look of looks) expect(look).toEqual(looks[0]);
    },
  );

  it.each([false, true])(
    'each step has standard streams of its own, whatever was done to those before (rehearsed: %s)',
    (rehearses) => {
      const source = [
        'import gc, io, os, sys',
        'def say(n): print("said", n, input() if n < 0 else "")',
        'def close(): sys.stdout.close(); sys.stderr.detach(); sys.stdin.close()',
        'def mark(): sys.stdout.mark = sys.stdout.buffer.mark = 1',
        'def close_all():',
        '    for one in gc.get_objects():',
        '        if isinstance(one, io.IOBase): one.close()',
        'def folder(): os.chdir("data")',
        'def descriptors(): os.closerange(0, 64)',
        'def look(): return [os.getcwd(), hasattr(sys.stdout, "mark"), sys.stdout.closed, sys.stdin.closed]',
      ].join('\n');
      const spoiled = ['close', 'mark', 'close_all', 'folder', 'descriptors'].flatMap((name) => [
        call(name),
        call('say', 1),
        call('look'),
      ]);
      const { answers, output } = dialogue({ 'solution.py': source, 'data/t.txt': '' }, [call('say', 0), ...spoiled], {
        rehearses,
      });
      expect(answers.filter(({ kind }) => kind !== 'returned')).toEqual([{ kind: 'began' }]);
      expect(output.stdout).toBe(`said 0 \n${'said 1 \n'.repeat(5)}`);
      const looks = answers.filter((answer) => answer.kind === 'returned' && answer.value.type === 'list');
      expect(looks).toHaveLength(5);
      for (const look of looks) {
        expect(look).toMatchObject({
          value: { items: [{ value: '/box' }, { value: false }, { value: false }, { value: false }] },
        });
      }
    },
  );

  it('notes the line of a loop in whichever of its files it is', () => {
    const files = {
      'a.py': 'import b\ndef f():\n    for x in range(3):\n        pass\ndef g():\n    return b.h()',
      'b.py': 'def h():\n    x = 0\n\n    while x < 3:\n        x += 1',
    };
    expect(dialogue({ 'a.py': files['a.py'].replace('import b', '') }, [call('f')]).line).toBe(3);
    expect(dialogue(files, [call('f')]).line).toBe(3);
    expect(dialogue(files, [call('g')]).line).toBe(4);
    expect(dialogue(files, [call('g'), call('f'), call('f')]).line).toBe(3);
  });

  it('an interpreter whose dictionaries lie otherwise gives no snapshot', () => {
    const memory = new ArrayBuffer(64);
    const view = new DataView(memory);
    view.setUint32(8, 5, true);
    view.setBigUint64(16, 256n, true);
    expect(readSpaces(['0:5', '0:5'], memory)).toEqual([0, 0]);
    expect(() => readSpaces(['0:6'], memory)).toThrow('laid out in a way that is not known');
    expect(() => readSpaces(['0:5', '32:0'], memory)).toThrow('laid out in a way that is not known');
    expect(() => readSpaces([], memory)).toThrow('laid out in a way that is not known');
  });

  it('a harness that does not park gives no snapshot', () => {
    expect(() => bootPython(image, 'raise RuntimeError("not today")')).toThrow('RuntimeError: not today');
  });

  it('an image that is not the one it knows is refused', () => {
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    expect(() => rewriteImage(empty)).toThrow('declares no memory');
    const memory = [5, 3, 1, 0, 1];
    expect(() => rewriteImage(Uint8Array.of(...empty, ...memory))).toThrow('no data section');
    const otherGlobal = Uint8Array.of(...empty, ...memory, 6, 6, 1, 0x7e, 0, 0x42, 0, 0x0b, 11, 1, 0);
    expect(() => rewriteImage(otherGlobal)).toThrow('other globals');
  });
});
