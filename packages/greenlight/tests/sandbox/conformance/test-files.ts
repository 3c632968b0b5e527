import { describe, expect, it } from 'vitest';
import { job, outcomeOf } from '../jobs.ts';
import type { SandboxUnderTest } from '../sandbox-under-test.ts';

const PYTHON_TESTS = `
import asyncio
import unittest
from solution import double, fail

def test_holds():
    assert double(2) == 4

def test_does_not_hold():
    assert double(2) == 5, "no five"

async def test_waits():
    await asyncio.sleep(0)
    assert double(0) == 0

def helper():
    raise RuntimeError("is no test")

class TestPlain:
    def test_method(self):
        assert double(1) == 2

class Cases(unittest.TestCase):
    def setUp(self):
        self.value = 3
    def test_equal(self):
        self.assertEqual(double(self.value), 6)
    def test_unequal(self):
        self.assertEqual(double(self.value), 7)
    def test_raises(self):
        with self.assertRaises(ValueError):
            fail()
    @unittest.skip("not now")
    def test_skipped(self):
        raise AssertionError
`;

export function testFiles(under: SandboxUnderTest): void {
  describe('test files', () => {
    it('one of them runs alone when it is asked for by its name', async () => {
      const source = 'def double(x):\n    return x * 2\n\ndef fail():\n    raise ValueError("bad")';
      const step = { kind: 'test-file', path: 'test_solution.py', source: PYTHON_TESTS } as const;
      const steps = ['test_holds', 'Cases.test_equal', 'test_nowhere'].map((only) => ({ ...step, only }));
      const run = await under().run(job('python', source, steps));
      expect(run).toMatchObject({
        status: 'ran',
        outcomes: [
          { status: 'tested', tests: [{ name: 'test_holds', passed: true }] },
          { status: 'tested', tests: [{ name: 'Cases.test_equal', passed: true }] },
          { status: 'tested', tests: [] },
        ],
      });
    });

    it('plain functions, methods and unittest cases are told one by one, with the line that does not hold', async () => {
      const source = 'def double(x):\n    return x * 2\n\ndef fail():\n    raise ValueError("bad")';
      const step = { kind: 'test-file', path: 'test_solution.py', source: PYTHON_TESTS } as const;
      const outcome = await outcomeOf(under(), job('python', source, [step]));
      expect(outcome).toMatchObject({
        status: 'tested',
        tests: [
          { name: 'test_holds', passed: true },
          {
            name: 'test_does_not_hold',
            passed: false,
            error: { type: 'AssertionError', message: 'no five', file: 'test_solution.py', line: 10 },
          },
          { name: 'test_waits', passed: true },
          { name: 'TestPlain.test_method', passed: true },
          { name: 'Cases.test_equal', passed: true },
          { name: 'Cases.test_unequal', passed: false, error: { type: 'AssertionError', message: '6 != 7', line: 29 } },
          { name: 'Cases.test_raises', passed: true },
          { name: 'Cases.test_skipped', passed: true },
        ],
      });
    });

    it('an exit in a test is that test’s failure', async () => {
      const tests = 'import solution, sys\ndef test_a():\n    solution.leave()\ndef test_b():\n    pass\n';
      const step = { kind: 'test-file', path: 'test_solution.py', source: tests } as const;
      expect(
        await outcomeOf(under(), job('python', 'import sys\ndef leave():\n    sys.exit(0)', [step])),
      ).toMatchObject({
        status: 'tested',
        tests: [
          { name: 'test_a', passed: false, error: { type: 'SystemExit' } },
          { name: 'test_b', passed: true },
        ],
      });
    });

    it('a test file that breaks before its tests has no passed test', async () => {
      const broken = { kind: 'test-file', path: 'test_solution.py', source: 'import nowhere\n' } as const;
      expect(await outcomeOf(under(), job('python', '', [broken]))).toMatchObject({
        status: 'raised',
        error: { type: 'ModuleNotFoundError' },
      });
    });
  });
}
