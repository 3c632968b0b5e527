import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Language } from '../../../src/sandbox/index.ts';
import { call, job, outcomeOf } from '../jobs.ts';
import type { SandboxUnderTest } from '../sandbox-under-test.ts';

/** Pieces of programs that reach for what a harness is made of, in any order and cut anywhere. */
const PIECES: { readonly [language in 'python' | 'javascript']: readonly string[] } = {
  python: [
    'def f(x):\n    return x\n',
    'def g():\n    return {1, (2,), None, float("nan")}\n',
    'import sys, os, builtins\n',
    'sys.stdout = None\n',
    'builtins.len = builtins.isinstance = None\n',
    'sys.modules.clear()\n',
    'os.close(1)\n',
    'os._exit(3)\n',
    'for fd in range(3, 12):\n    try: os.write(fd, b\'{"returned":["i","7"]}\\n\')\n    except OSError: pass\n',
    'class E:\n    def __eq__(self, other): return True\n    def __repr__(self): raise ValueError\n',
    'f = E()\n',
    'raise SystemExit\n',
    'import gc; gc.get_objects().clear()\n',
    'while True: pass\n',
    'print("\\ud800", file=sys.stderr)\n',
    '    ',
    '(',
    '"""',
  ],
  javascript: [
    'function f(x) { return x; }\n',
    'const g = () => new Map([[NaN, new Set([undefined])]]);\n',
    'Object.prototype.then = (run) => run(7);\n',
    'JSON.stringify = Array.prototype.push = null;\n',
    'Object.defineProperty(Array.prototype, 0, { set() { throw 1; } });\n',
    'globalThis.f = new Proxy(function () {}, { get() { throw null; }, apply() { return this; } });\n',
    'throw { toString() { for (;;); } };\n',
    'process.exit(3);\n',
    'for (;;) ;\n',
    'console.log("\\ud800\\0");\n',
    'Promise.reject(f);\n',
    'setInterval(() => {}, 0);\n',
    'delete globalThis.Promise;\n',
    '(',
    '`',
    '/*',
  ],
};

const HONEST = { python: 'def f(x):\n    return x', javascript: 'const f = (x) => x' } as const;

/** Time for what does not end; the honest job has the usual time. */
const SHORT = { cpuMs: 250, wallMs: 500 };

/** Whatever is submitted is answered step by step, and leaves nothing behind that the next job could see. */
export function randomPrograms(under: SandboxUnderTest): void {
  it.each(Object.keys(HONEST).filter(isTried))(
    'random programs in %s neither crash it nor change what the next job answers',
    { timeout: 240_000 },
    async (language) => {
      if (!under().languages.includes(language)) return;
      const noise = fc.oneof(
        { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
        {
          weight: 4,
          arbitrary: fc
            .array(fc.constantFrom(...PIECES[language]), { minLength: 1, maxLength: 8 })
            .map((pieces) => pieces.join('')),
        },
      );
      await fc.assert(
        fc.asyncProperty(noise, async (source) => {
          const run = await under().run(
            job(language, source.replaceAll('\0', ''), [call('f', 1), call('g'), call('f', 2)], SHORT),
          );
          if (run.status === 'ran') expect(run.outcomes).toHaveLength(3);
          else expect(run.error.type).not.toBe('');
          const honest = await outcomeOf(under(), job(language, HONEST[language], [call('f', 41)]));
          expect(honest).toMatchObject({ status: 'returned', value: { value: language === 'python' ? '41' : 41 } });
          expect(honest).toMatchObject({ stdout: '', stderr: '' });
        }),
        { numRuns: 30 },
      );
    },
  );
}

function isTried(language: string): language is keyof typeof PIECES & Language {
  return language === 'python' || language === 'javascript';
}
