import { describe, expect, it } from 'vitest';
import type { Step } from '../../../src/sandbox/index.ts';
import { job, outcomeOf, outcomesOf } from '../jobs.ts';
import type { SandboxUnderTest } from '../sandbox-under-test.ts';

type ProgramStep = Extract<Step, { kind: 'program' }>;

function program(step: Omit<ProgramStep, 'kind'> = {}): Step {
  return { kind: 'program', ...step };
}

export function programs(under: SandboxUnderTest): void {
  describe('programs', () => {
    it('a program reads its input, its arguments and its files, prints, and exits', async () => {
      const source =
        'import sys\nif __name__ == "__main__":\n    name = input()\n    rest = sys.stdin.read()\n    print(name, rest, sys.argv, open("data.txt").read())\n    print("e", file=sys.stderr)\n    sys.exit(3)';
      const step = program({ stdin: 'Ada\nż 🦊', args: ['-x', 'a b'], files: { 'data.txt': 'in a file' } });
      expect(await outcomeOf(under(), job('python', source, [step]))).toMatchObject({
        status: 'exited',
        exitCode: 3,
        stdout: "Ada ż 🦊 ['solution.py', '-x', 'a b'] in a file\n",
        stderr: 'e\n',
      });
    });

    it('each program starts afresh, with its own input and files', async () => {
      const source =
        'import os, sys, builtins\nprint(getattr(builtins, "seen", 0), sys.stdin.read(), os.path.exists("data.txt"))\nbuiltins.seen = 1';
      const steps = [program({ stdin: 'one', files: { 'data.txt': '' } }), program(), program({ stdin: 'three' })];
      const outcomes = await outcomesOf(under(), job('python', source, steps));
      expect(outcomes).toMatchObject([
        { status: 'exited', exitCode: 0, stdout: '0 one True\n' },
        { status: 'exited', exitCode: 0, stdout: '0  False\n' },
        { status: 'exited', exitCode: 0, stdout: '0 three False\n' },
      ]);
    });

    it('an uncaught exception exits with 1, is printed as the interpreter does, and told by its line', async () => {
      const source = 'def g():\n    return {}["a"]\n\nprint("before")\ng()';
      const outcome = await outcomeOf(under(), job('python', source, [program()]));
      expect(outcome).toMatchObject({
        status: 'exited',
        exitCode: 1,
        stdout: 'before\n',
        error: { type: 'KeyError', line: 2 },
      });
      expect(outcome.stderr).toMatch(
        /^Traceback \(most recent call last\):\n {2}File "solution.py", line 5[^]*KeyError: 'a'\n$/,
      );
    });

    it('a program that exits hard is no loss: the ones after it run', async () => {
      const source = 'import os, sys\ncode = int(input())\nsys.stdout.flush()\nos._exit(code)';
      const steps = ['5', '6', '0', '7'].map((stdin) => program({ stdin }));
      const outcomes = await outcomesOf(under(), job('python', source, steps));
      expect(outcomes).toMatchObject([5, 6, 0, 7].map((exitCode) => ({ status: 'exited', exitCode })));
    });

    it('an endless program ends at its limit with what it printed', async () => {
      const source = 'print("start", flush=True)\nwhile True:\n    pass';
      expect(await outcomeOf(under(), job('python', source, [program()], { cpuMs: 400 }))).toMatchObject({
        status: 'timed-out',
        stdout: 'start\n',
      });
    });

    it('a program that waits for more input than there is sees its end', async () => {
      const source = 'input()\ninput()';
      expect(await outcomeOf(under(), job('python', source, [program({ stdin: 'one\n' })]))).toMatchObject({
        status: 'exited',
        exitCode: 1,
        error: { type: 'EOFError', line: 2 },
      });
    });

    it('asyncio works in a program', async () => {
      const source =
        'import asyncio\nasync def main():\n    await asyncio.sleep(0.01)\n    print("done")\nasyncio.run(main())';
      expect(await outcomeOf(under(), job('python', source, [program()]))).toMatchObject({
        exitCode: 0,
        stdout: 'done\n',
      });
    });
  });
}
