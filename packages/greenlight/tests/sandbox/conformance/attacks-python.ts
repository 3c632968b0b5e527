import { describe, expect, it } from 'vitest';
import { call, job, outcomeOf, outcomesOf } from '../jobs.ts';
import type { SandboxUnderTest } from '../sandbox-under-test.ts';

/** Finds the harness's frame and its names, from inside a submission. */
const TAKE_HARNESS =
  'import sys\nframe = sys._getframe()\nwhile frame.f_back is not None and "results" not in frame.f_globals:\n    frame = frame.f_back\nharness = frame.f_globals\n';

/** Looks for a word, which it does not hold itself, in every frame, every object and, where there is one, in the memory of its process. */
const SEARCH_MEMORY = `
import gc, re, sys

def f(given):
    found, frame = [], sys._getframe()
    while frame is not None:
        for names in (frame.f_locals, frame.f_globals):
            for name, value in list(names.items()):
                for part in (value, *[getattr(value, inner, None) for inner in ("jobs", "lines", "pending")]):
                    if re.search("W[I]THHELD", repr(part)):
                        found.append(name)
        frame = frame.f_back
    for held in gc.get_objects():
        if type(held) in (dict, list, tuple) and len(held) < 1000 and re.search("W[I]THHELD", repr(held)):
            found.append(type(held).__name__)
    try:
        places = [line.split() for line in open("/proc/self/maps")]
    except OSError:
        return found
    for span, rights, *name in places:
        low, high = [int(end, 16) for end in span.split("-")]
        if rights.startswith("rw"):
            try:
                with open("/proc/self/mem", "rb", 0) as memory:
                    memory.seek(low)
                    if re.search(b"W[I]THHELD", memory.read(high - low)):
                        found.append(str(name))
            except OSError:
                pass
    return found
`;

export function attacksOnPython(under: SandboxUnderTest): void {
  describe('attacks in Python', () => {
    it('patched json, print and builtins do not change what is answered', async () => {
      const source =
        'import json, builtins, sys\njson.dumps = lambda *a, **k: "forged"\njson.loads = lambda *a, **k: 1\nbuiltins.print = lambda *a, **k: None\nbuiltins.repr = builtins.str = builtins.len = builtins.isinstance = builtins.type = None\nbuiltins.BaseException = builtins.Exception = None\nsys.stdout = None\ndef f(x):\n    return [x, {"a": (1, 2.5)}]';
      const outcomes = await outcomesOf(under(), job('python', source, [call('f', 1), call('f', 2)]));
      for (const outcome of outcomes)
        expect(outcome).toMatchObject({
          status: 'returned',
          value: { type: 'list', items: [{ type: 'integer' }, { type: 'map' }] },
        });
    });

    it('a printed result is output and nothing else', async () => {
      const outcome = await outcomeOf(
        under(),
        job('python', 'def f():\n    print(\'{"returned":["i","2a"]}\')', [call('f')]),
      );
      expect(outcome).toMatchObject({ status: 'returned', value: { type: 'null' } });
    });

    it('an extra frame on the result channel voids the step (1)', async () => {
      const source = `${TAKE_HARNESS}def f():\n    harness["write"](harness["results"], b'{"returned":["i","2a"]}\\n')\n    return 1\ndef g():\n    return 2`;
      const outcomes = await outcomesOf(under(), job('python', source, [call('f'), call('g')]));
      expect(outcomes).toMatchObject([{ status: 'lost' }, { status: 'returned', value: { value: '2' } }]);
    });

    it('a frame that is no frame is a loss, however it is wrong', async () => {
      const frames = [
        '{"returned":["i","zz"]}',
        '{"passed":true}',
        'x',
        '[]',
        '{"returned":["l",1]}',
        '{"ready":true}',
        '{"returned":["z"],"raised":{}}',
        `{"returned":${'["l",['.repeat(200)}["z"]${']]'.repeat(200)}}`,
      ];
      const source = `${TAKE_HARNESS}import os\ndef f(frame):\n    harness["write"](harness["results"], frame.encode() + b"\\n")\n    harness["read"](harness["commands"], 100)\n`;
      for (const frame of frames) {
        const [outcome] = await outcomesOf(under(), job('python', source, [call('f', frame)], { cpuMs: 1000 }));
        expect({ frame, status: outcome?.status }).toEqual({ frame, status: 'lost' });
      }
    });

    it('closing every descriptor costs the step and nothing else', async () => {
      const source =
        'import os\ndef f():\n    os.closerange(0, 64)\n    return 1\ndef g():\n    print("here")\n    return 2';
      const [, second] = await outcomesOf(under(), job('python', source, [call('f'), call('g')]));
      expect(second).toMatchObject({ status: 'returned', value: { value: '2' }, stdout: 'here\n' });
    });

    it('what a withheld step asks is nowhere in the memory of the steps before it', async () => {
      const asked = Array.from({ length: 8 }, (_, index) => call('f', `shown ${index}`));
      const withheld = [call('f', 'WITHHELD'), call('f', 'WITHHELD')];
      const submitted = job('python', SEARCH_MEMORY, [...asked, ...withheld]);
      const outcomes = await outcomesOf(under(), { ...submitted, withheldFrom: asked.length });
      for (const outcome of outcomes.slice(0, asked.length)) expect(outcome).toMatchObject({ value: { items: [] } });
      // It would be found.
      for (const outcome of outcomes.slice(asked.length)) expect(outcome).not.toMatchObject({ value: { items: [] } });
    });

    it('a forged syntax error of a later step, or of a withheld one, fails that step and says nothing', async () => {
      const source = `import os\ndef f(secret):\n    if secret == 1: return 2
    for fd in range(3, 40):
        try: os.write(fd, b'{"syntax": {"type": "SyntaxError", "message": "' + secret.encode() + b'"}}\\n')
        except OSError: pass
    os._exit(0)`;
      const later = job('python', source, [call('f', 1), call('f', 'secret')]);
      const withheld = { ...job('python', source, [call('f', 'secret')]), withheldFrom: 0 };
      const [honest, ...forged] = [...(await outcomesOf(under(), later)), ...(await outcomesOf(under(), withheld))];
      expect(honest).toMatchObject({ status: 'returned' });
      for (const outcome of forged) {
        expect(['lost', 'exited']).toContain(outcome.status);
        expect(JSON.stringify(outcome)).not.toContain('secret');
      }
    });

    it('the channels cannot be opened again', async () => {
      const source = 'import os\ndef f(name):\n    return os.open(name, os.O_RDONLY)';
      const names = ['/box/.results', '/box/.commands'].map((name) => call('f', name));
      for (const outcome of await outcomesOf(under(), job('python', source, names))) {
        expect(outcome).toMatchObject({ status: 'raised', error: { type: 'FileNotFoundError' } });
      }
    });

    it('a harness that is taken over answers for its own job only', async () => {
      const source = `${TAKE_HARNESS}harness["encode"] = lambda value: '["i","2a"]'\ndef f():\n    return 1`;
      await outcomesOf(under(), job('python', source, [call('f'), call('f')]));
      expect(await outcomeOf(under(), job('python', 'def f():\n    return 1', [call('f')]))).toMatchObject({
        value: { value: '1' },
      });
    });

    it('a repr that never ends and a key that explodes end in their step', async () => {
      const source =
        'class A:\n    def __repr__(self):\n        while True: pass\nclass B:\n    def __repr__(self):\n        raise SystemExit(0)\ndef f(k):\n    return [A() if k else B()]';
      const outcomes = await outcomesOf(under(), job('python', source, [call('f', 1), call('f', 0)], { cpuMs: 400 }));
      expect(outcomes).toMatchObject([
        { status: 'timed-out' },
        { status: 'returned', value: { items: [{ type: 'opaque' }] } },
      ]);
    });

    it('descriptors run out inside the box', async () => {
      const outcome = await outcomeOf(
        under(),
        job(
          'python',
          'import os\ndef f():\n    n = 0\n    try:\n        while True:\n            os.open("/box/solution.py", os.O_RDONLY)\n            n += 1\n    except OSError:\n        return n',
          [call('f')],
        ),
      );
      expect(outcome).toMatchObject({ status: 'returned', value: { type: 'integer' } });
    });

    it('malicious file names stay names', async () => {
      const files = {
        'solution.py': 'def f():\n    return 1',
        'a"b\n.py': 'x = 1',
        '__proto__/x.py': 'y = 2',
        '-c': '',
      };
      const submitted = { ...job('python', '', [call('f')]), files };
      expect(await outcomeOf(under(), submitted)).toMatchObject({ value: { value: '1' } });
    });

    it('ten hostile jobs at once do not keep an honest one from being right', async () => {
      const hostile = [
        'while True: pass',
        'x = []\nwhile True: x.append(bytearray(10**6))',
        'import os\nos._exit(0)',
        'def r(): r()\nr()',
        'while True: print("x" * 100000)',
      ];
      const jobs = Array.from({ length: 10 }, (_, index) =>
        outcomeOf(under(), job('python', hostile[index % 5] ?? '', [call('f')], { cpuMs: 1000 })),
      );
      const honest = await outcomeOf(under(), job('python', 'def f(x):\n    return x + 1', [call('f', 1)]));
      expect(honest).toMatchObject({ status: 'returned', value: { value: '2' } });
      for (const outcome of await Promise.all(jobs)) expect(outcome.status).not.toBe('returned');
    });
  });
}
