import { describe, expect, it } from 'vitest';
import type { Step } from '../../../src/sandbox/index.ts';
import { job, outcomeOf, outcomesOf } from '../jobs.ts';
import type { SandboxUnderTest } from '../sandbox-under-test.ts';

type ProgramStep = Extract<Step, { kind: 'program' }>;

function program(step: Omit<ProgramStep, 'kind'> = {}): Step {
  return { kind: 'program', ...step };
}

const TESTS = `import { test } from 'node:test';
import assert from 'node:assert/strict';
import { double, fail } from './solution.js';

test('holds', () => assert.equal(double(2), 4));
test('does not hold', () => {
  assert.equal(double(2), 5, 'no five');
});
test('waits', async () => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(double(0), 0);
});
test('throws', () => assert.throws(fail, /bad/));
test('breaks', () => fail());
test.skip('skipped', () => assert.fail());
`;

export function programsInJavaScript(under: SandboxUnderTest): void {
  describe('programs in JavaScript', () => {
    it('a program reads its input, its arguments and its files, prints, and exits', async () => {
      const source = `const { readFileSync } = require('fs');
const [name, ...rest] = readFileSync(0, 'utf8').split('\\n');
console.log(name, rest.join('|'), process.argv.slice(2).join('|'), readFileSync('data.txt', 'utf8'));
process.stdout.write('no newline');
console.error('e');
process.exit(3);
console.log('never');`;
      const step = program({ stdin: 'Ada\nż 🦊', args: ['-x', 'a b'], files: { 'data.txt': 'in a file' } });
      expect(await outcomeOf(under(), job('javascript', source, [step]))).toMatchObject({
        status: 'exited',
        exitCode: 3,
        stdout: 'Ada ż 🦊 -x|a b in a file\nno newline',
        stderr: 'e\n',
      });
    });

    it.each([
      ['an import', "import { readFileSync } from 'node:fs';\nconsole.log(readFileSync(0, 'utf8').trim());"],
      [
        'events of stdin',
        "let all = '';\nprocess.stdin.setEncoding('utf8');\nprocess.stdin.on('data', (text) => { all += text; });\nprocess.stdin.on('end', () => console.log(all.trim()));",
      ],
      [
        'its iterator',
        "let all = '';\nfor await (const part of process.stdin) all += part;\nconsole.log(all.trim());\nexport {};",
      ],
      [
        'lines as events',
        "const lines = [];\nrequire('node:readline').createInterface({ input: process.stdin }).on('line', (line) => lines.push(line)).on('close', () => console.log(lines.join('\\n')));",
      ],
      [
        'lines one by one',
        "import { createInterface } from 'node:readline';\nconst lines = [];\nfor await (const line of createInterface({ input: process.stdin })) lines.push(line);\nconsole.log(lines.join('\\n'));",
      ],
    ])('a program may read its input by %s', async (_name, source) => {
      const outcome = await outcomeOf(under(), job('javascript', source, [program({ stdin: 'one\ntwo\n' })]));
      expect(outcome).toMatchObject({ status: 'exited', exitCode: 0, stdout: 'one\ntwo\n' });
    });

    it('timers and promises run to their end before it exits', async () => {
      const source =
        "setTimeout(() => console.log('later'), 50);\nPromise.resolve().then(() => console.log('soon'));\nconsole.log('now');\nprocess.exitCode = 4;";
      expect(await outcomeOf(under(), job('javascript', source, [program()]))).toMatchObject({
        status: 'exited',
        exitCode: 4,
        stdout: 'now\nsoon\nlater\n',
      });
    });

    it('each program starts afresh, and one that exits is no loss', async () => {
      const source =
        "globalThis.seen = (globalThis.seen ?? 0) + 1;\nconsole.log(seen);\nprocess.exit(Number(require('fs').readFileSync(0, 'utf8')));";
      const steps = ['5', '6', '0', '7'].map((stdin) => program({ stdin }));
      const outcomes = await outcomesOf(under(), job('javascript', source, steps));
      expect(outcomes).toMatchObject([5, 6, 0, 7].map((exitCode) => ({ status: 'exited', exitCode, stdout: '1\n' })));
    });

    it('nothing that is printed after an exit counts, whatever catches it', async () => {
      const source =
        "try { process.exit(0); } catch { }\nfor (;;) { try { console.log('forged'); } finally { continue; } }";
      expect(await outcomeOf(under(), job('javascript', source, [program()], { cpuMs: 2000 }))).toMatchObject({
        status: 'exited',
        exitCode: 0,
        stdout: '',
      });
    });

    it('an uncaught error exits with 1 and is told by its line', async () => {
      const source = "console.log('before');\nfunction g() {\n  return null.x;\n}\ng();";
      const outcome = await outcomeOf(under(), job('javascript', source, [program()]));
      expect(outcome).toMatchObject({
        status: 'exited',
        exitCode: 1,
        stdout: 'before\n',
        error: { type: 'TypeError', file: 'solution.js', line: 3 },
      });
      expect(outcome.stderr).toMatch(/TypeError/);
    });

    it('an endless program ends at its limit with what it printed', async () => {
      const source = "console.log('start');\nfor (;;) {}";
      expect(await outcomeOf(under(), job('javascript', source, [program()], { cpuMs: 400 }))).toMatchObject({
        status: 'timed-out',
        stdout: 'start\n',
      });
    });
  });

  describe('test files in JavaScript', () => {
    const SOLUTION =
      "export const double = (x) => x * 2;\nexport function fail() {\n  throw new RangeError('bad');\n}\n";
    const step = { kind: 'test-file', path: 'solution.test.js', source: TESTS } as const;

    it('tests are told one by one, with the line that does not hold', async () => {
      const outcome = await outcomeOf(under(), job('javascript', SOLUTION, [step]));
      expect(outcome).toMatchObject({
        status: 'tested',
        tests: [
          { name: 'holds', passed: true },
          {
            name: 'does not hold',
            passed: false,
            error: { type: 'AssertionError', message: 'no five', file: 'solution.test.js', line: 7 },
          },
          { name: 'waits', passed: true },
          { name: 'throws', passed: true },
          { name: 'breaks', passed: false, error: { type: 'RangeError', file: 'solution.js', line: 3 } },
        ],
      });
    });

    it('one of them runs alone when it is asked for by its name', async () => {
      const run = await under().run(
        job('javascript', SOLUTION, [
          { ...step, only: 'waits' },
          { ...step, only: 'none' },
        ]),
      );
      expect(run).toMatchObject({
        status: 'ran',
        outcomes: [{ tests: [{ name: 'waits', passed: true }] }, { status: 'tested', tests: [] }],
      });
    });

    it('a CommonJS file with describe, it and hooks works as well', async () => {
      const source =
        "const { add } = require('./solution');\nlet n = 0;\nbeforeEach(() => { n = 1; });\ndescribe('add', () => {\n  it('adds', () => { n += 1; assert.equal(add(n, 1), 3); });\n  it('starts anew', () => assert.equal(n, 1));\n});";
      const solution = 'function add(a, b) { return a + b; }\nmodule.exports = { add };';
      const outcome = await outcomeOf(
        under(),
        job('javascript', solution, [{ kind: 'test-file', path: 'solution.test.js', source }]),
      );
      expect(outcome).toMatchObject({
        status: 'tested',
        tests: [
          { name: 'adds', passed: true },
          { name: 'starts anew', passed: true },
        ],
      });
    });

    it('a file that breaks before its tests is told as it breaks', async () => {
      const source = "import { nothing } from './solution.js';\ntest('x', () => nothing());";
      const outcome = await outcomeOf(under(), job('javascript', SOLUTION, [{ ...step, source }]));
      expect(outcome).toMatchObject({ status: 'raised', error: { type: 'SyntaxError' } });
    });
  });
}
