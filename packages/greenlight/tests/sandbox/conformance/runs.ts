import { describe, expect, it } from 'vitest';
import { LanguageUnsupported } from '../../../src/sandbox/index.ts';
import { assertion, call, job, outcomeOf, outcomesOf } from '../jobs.ts';
import type { SandboxUnderTest } from '../sandbox-under-test.ts';

export function runs(under: SandboxUnderTest): void {
  describe('runs', () => {
    it('no step sees what another left behind (4)', async () => {
      const python =
        'import math, builtins, os\ncount = 0\ndef f():\n    global count\n    count += 1\n    math.tau = math.tau + 1\n    builtins.len = lambda x: 0\n    os.environ["A"] = os.environ.get("A", "") + "a"\n    return [count, round(math.tau, 2), os.environ["A"]]';
      const [first, second] = await outcomesOf(under(), job('python', python, [call('f'), call('f')]));
      expect(first).toMatchObject({ status: 'returned' });
      expect(second).toMatchObject({ value: first?.status === 'returned' ? first.value : undefined });
      const javascript =
        'let count = 0\nfunction f() { count++; Array.prototype.extra = (Array.prototype.extra ?? 0) + 1; return [count, [].extra] }';
      const outcomes = await outcomesOf(
        under(),
        job('javascript', javascript, [call('f'), call('f'), assertion('assert.equal(f()[0], 1)')]),
      );
      expect(outcomes.map((outcome) => outcome.status)).toEqual(['returned', 'returned', 'returned']);
      expect(outcomes[1]).toMatchObject({ value: outcomes[0]?.status === 'returned' ? outcomes[0].value : undefined });
    });

    it('no step sees how another has set the arithmetic, the collector or the process (4)', async () => {
      const python = `import decimal, gc, sys
def f():
    found = [decimal.getcontext().prec, *gc.get_threshold(), gc.isenabled(), sys.get_int_max_str_digits()]
    decimal.getcontext().prec = 7
    gc.set_threshold(5, 5, 5)
    gc.disable()
    sys.set_int_max_str_digits(5000)
    return found`;
      const javascript = `function f() {
  const known = globalThis.process ?? { env: {} };
  const found = [known.env.LEFT ?? 'none', known.left ?? 'none', known.exitCode ?? 'none'];
  known.env.LEFT = 'left';
  known.left = 'left';
  known.exitCode = 3;
  return found;
}`;
      for (const submitted of [
        job('python', python, [call('f'), call('f')]),
        job('javascript', javascript, [call('f'), call('f')]),
      ]) {
        const [first, second] = await outcomesOf(under(), submitted);
        expect(first).toMatchObject({ status: 'returned' });
        expect(second).toMatchObject({ value: first?.status === 'returned' ? first.value : undefined });
      }
    });

    it('what the steps of a job answer together is bounded (7)', async () => {
      const source = 'def f(n):\n    return "x" * n';
      const large = Array.from({ length: 18 }, () => call('f', 1_900_000));
      const outcomes = await outcomesOf(under(), job('python', source, [...large, call('f', 3)]));
      const kinds = outcomes.map((outcome) => (outcome.status === 'returned' ? outcome.value.type : outcome.status));
      expect(kinds).toEqual([...large.map((_, index) => (index < 17 ? 'string' : 'opaque')), 'string']);
    });

    it('output belongs to the step that wrote it', async () => {
      const outcomes = await outcomesOf(
        under(),
        job('python', 'print("top")\ndef f(x):\n    print(x, end="")', [call('f', 1), call('f', 2)]),
      );
      expect(outcomes.map((outcome) => outcome.stdout)).toEqual(['top\n1', 'top\n2']);
    });

    it('times are measured by the host, whatever the code makes of time (2)', async () => {
      const source =
        'import time\nreal = time.sleep\ntime.time = time.perf_counter = time.monotonic = lambda: 0\ntime.sleep = lambda s: None\ndef f():\n    real(0.05)';
      const outcome = await outcomeOf(under(), job('python', source, [call('f')]));
      expect(outcome.durationMs).toBeGreaterThanOrEqual(49);
    });

    it('a job without steps is compiled and runs nothing', async () => {
      expect(await under().run(job('python', 'print(1)', []))).toEqual({ status: 'ran', outcomes: [] });
    });

    it('eight jobs at once each get their own results', async () => {
      const jobs = Array.from({ length: 8 }, (_, index) =>
        index % 2 === 0
          ? job('python', `def f(x):\n    return [x, ${index}]`, [call('f', 'p')])
          : job('javascript', `const f = (x) => [x, ${index}]`, [call('f', 'j')]),
      );
      const outcomes = await Promise.all(jobs.map((submitted) => outcomeOf(under(), submitted)));
      outcomes.forEach((outcome, index) => {
        const number = index % 2 === 0 ? { type: 'integer', value: String(index) } : { type: 'float', value: index };
        expect(outcome).toMatchObject({ value: { items: [{ value: index % 2 === 0 ? 'p' : 'j' }, number] } });
      });
    });

    it('an abort ends a running job with the signal’s reason (5)', async () => {
      const controller = new AbortController();
      const reason = new Error('no longer wanted');
      const running = under().run(
        job('python', 'def f():\n    while True: pass', [call('f')], { cpuMs: 20_000, wallMs: 20_000 }),
        controller.signal,
      );
      setTimeout(() => controller.abort(reason), 50);
      await expect(running).rejects.toBe(reason);
      await expect(under().run(job('python', '', []), controller.signal)).rejects.toBe(reason);
    });

    it('a language that is not there is refused by name', async () => {
      const odd = job('python', '', []);
      Reflect.set(odd, 'language', 'cobol');
      await expect(under().run(odd)).rejects.toThrow(LanguageUnsupported);
    });
  });
}
