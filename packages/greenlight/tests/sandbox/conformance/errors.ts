import { describe, expect, it } from 'vitest';
import { assertion, call, job, LIMITS, outcomeOf } from '../jobs.ts';
import type { SandboxUnderTest } from '../sandbox-under-test.ts';

export function errors(under: SandboxUnderTest): void {
  describe('errors', () => {
    it('an exception has its type, message and the line of the learner', async () => {
      const python = 'def g(x):\n    return 1 / x\n\ndef f(x):\n    return g(x)\n';
      expect(await outcomeOf(under(), job('python', python, [call('f', 0)]))).toMatchObject({
        status: 'raised',
        error: { type: 'ZeroDivisionError', message: 'division by zero', file: 'solution.py', line: 2 },
      });
      const javascript = '// a comment\nconst g = (x) => {\n  return x.y.z\n}\nconst f = (x) => g(x)';
      expect(await outcomeOf(under(), job('javascript', javascript, [call('f', {})]))).toMatchObject({
        status: 'raised',
        error: { type: 'TypeError', file: 'solution.js', line: 3 },
      });
    });

    it('an exception inside the library is told by the line of the learner that led there', async () => {
      const outcome = await outcomeOf(
        under(),
        job('python', 'import json\n\ndef f():\n    return json.loads("{")\n', [call('f')]),
      );
      expect(outcome).toMatchObject({
        status: 'raised',
        error: { type: 'JSONDecodeError', file: 'solution.py', line: 4 },
      });
      const sorted = await outcomeOf(
        under(),
        job('javascript', '\nconst f = () => [2, 1].sort((a, b) => a.b.c)', [call('f')]),
      );
      expect(sorted).toMatchObject({ status: 'raised', error: { file: 'solution.js', line: 2 } });
    });

    it('code that does not compile runs no step and says where', async () => {
      const python = await under().run(job('python', 'def f(x):\n    return x +\n', [call('f', 1)]));
      expect(python).toMatchObject({
        status: 'syntax-error',
        error: { type: 'SyntaxError', message: 'invalid syntax', file: 'solution.py', line: 2, column: 15 },
      });
      const indent = await under().run(job('python', 'def f(x):\nreturn x\n', [call('f', 1)]));
      expect(indent).toMatchObject({ status: 'syntax-error', error: { type: 'IndentationError', line: 2 } });
      const javascript = await under().run(job('javascript', 'const f = (x) => {\n  return x +;\n}', [call('f', 1)]));
      expect(javascript).toMatchObject({
        status: 'syntax-error',
        error: { type: 'SyntaxError', file: 'solution.js', line: 2 },
      });
      if (javascript.status === 'syntax-error') expect(javascript.error.column).toBeGreaterThan(1);
    });

    it('code is compiled before it runs, so nothing of it has run then', async () => {
      const run = await under().run(job('javascript', 'console.log("ran")\nfor (;;) {}\nfunction (', [call('f')]));
      expect(run.status).toBe('syntax-error');
    });

    it('a missing function is told by its name', async () => {
      for (const language of ['python', 'javascript'] as const) {
        const outcome = await outcomeOf(under(), job(language, 'x = 1', [call('solve', 1)]));
        expect(outcome).toMatchObject({ status: 'raised', error: { message: 'the function "solve" is not defined' } });
      }
    });

    it('without a name the only function is called, and several are told', async () => {
      expect(
        await outcomeOf(under(), job('python', 'from math import sqrt\ndef f(x):\n    return x', [call(undefined, 3)])),
      ).toMatchObject({ value: { value: '3' } });
      expect(
        await outcomeOf(under(), job('javascript', 'const K = 1\nconst f = (x) => x', [call(undefined, 3)])),
      ).toMatchObject({ value: { value: 3 } });
      const two = 'def f(x):\n    return x\ndef g(x):\n    return x';
      expect(await outcomeOf(under(), job('python', two, [call(undefined, 3)]))).toMatchObject({
        status: 'raised',
        error: { message: 'the entry file defines several functions, name the one to call: f, g' },
      });
      const functions = 'function f(x) { return x }\nconst g = (x) => x';
      expect(await outcomeOf(under(), job('javascript', functions, [call(undefined, 3)]))).toMatchObject({
        status: 'raised',
        error: { message: 'the entry file defines several functions, name the one to call: f, g' },
      });
    });

    it('an assertion that does not hold is raised, and one that holds returns', async () => {
      const python = job('python', 'def f(x):\n    return x', [assertion('assert f(1) == 2, "no two"')]);
      expect(await outcomeOf(under(), python)).toMatchObject({
        status: 'raised',
        error: { type: 'AssertionError', message: 'no two' },
      });
      expect(await outcomeOf(under(), { ...python, steps: [assertion('assert f(1) == 1')] })).toMatchObject({
        status: 'returned',
      });
      const javascript = job('javascript', 'const f = (x) => x', [assertion('assert.equal(f(1), 2, "no two")')]);
      expect(await outcomeOf(under(), javascript)).toMatchObject({
        status: 'raised',
        error: { type: 'AssertionError', message: 'no two' },
      });
      expect(
        await outcomeOf(under(), {
          ...javascript,
          steps: [
            assertion(
              'assert.deepStrictEqual([f(1)], [1])\nassert.throws(() => { throw new TypeError("x") }, TypeError)',
            ),
          ],
        }),
      ).toMatchObject({ status: 'returned' });
    });

    it('files import one another, and an error in one names it', async () => {
      const files = {
        'main.py': 'from helper import twice\nfrom pack.deep import inc\ndef f(x):\n    return inc(twice(x))',
        'helper.py': 'def twice(x):\n    if x is None:\n        raise ValueError("none")\n    return 2 * x',
        'pack/deep.py': 'def inc(x):\n    return x + 1',
      };
      const python = { language: 'python', files, entrypoint: 'main.py', limits: LIMITS } as const;
      expect(await outcomeOf(under(), { ...python, steps: [call('f', 3)] })).toMatchObject({ value: { value: '7' } });
      expect(await outcomeOf(under(), { ...python, steps: [call('f', null)] })).toMatchObject({
        error: { type: 'ValueError', file: 'helper.py', line: 3 },
      });
      const required = {
        language: 'javascript',
        files: {
          'main.js': "const { twice } = require('./lib/helper')\nmodule.exports = { f: (x) => twice(x) + 1 }",
          'lib/helper.js': 'exports.twice = (x) => 2 * x',
        },
        entrypoint: 'main.js',
        limits: LIMITS,
      } as const;
      expect(await outcomeOf(under(), { ...required, steps: [call('f', 3)] })).toMatchObject({ value: { value: 7 } });
      const imported = {
        language: 'javascript',
        files: {
          'main.js': "import { twice } from './lib/helper.js'\nexport function f(x) {\n  return twice(x) + 1\n}",
          'lib/helper.js': 'export const twice = (x) => 2 * x',
        },
        entrypoint: 'main.js',
        limits: LIMITS,
      } as const;
      expect(await outcomeOf(under(), { ...imported, steps: [call('f', 3)] })).toMatchObject({ value: { value: 7 } });
      expect(await outcomeOf(under(), { ...imported, steps: [assertion('assert.equal(f(3), 7)')] })).toMatchObject({
        status: 'returned',
      });
    });

    it('a module that is not there is an error of the submission', async () => {
      expect(await outcomeOf(under(), job('javascript', "const x = require('left-pad')", [call('f')]))).toMatchObject({
        status: 'raised',
        error: { message: "Cannot find module 'left-pad': only the submission's own files can be required" },
      });
      expect(
        await outcomeOf(under(), job('javascript', "import x from 'left-pad'\nexport const f = () => x", [call('f')])),
      ).toMatchObject({ status: 'raised' });
      expect(await outcomeOf(under(), job('python', 'import numpy', [call('f')]))).toMatchObject({
        status: 'raised',
        error: { type: 'ModuleNotFoundError', line: 1 },
      });
    });
  });
}
