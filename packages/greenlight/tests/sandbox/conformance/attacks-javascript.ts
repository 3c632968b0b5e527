import { describe, expect, it } from 'vitest';
import { call, job, outcomeOf, outcomesOf } from '../jobs.ts';
import type { SandboxUnderTest } from '../sandbox-under-test.ts';

/** What both languages of the engine can try; TypeScript takes the sources as they are. */
export function attacksOnJavaScript(under: SandboxUnderTest, language: 'javascript' | 'typescript'): void {
  describe(`attacks in ${language}`, () => {
    it('polluted prototypes and patched intrinsics do not change what is answered', async () => {
      const source = `
        JSON.stringify = () => 'forged'; JSON.parse = () => 'forged'; Array.prototype.push = Array.prototype.join = () => 'forged';
        Array.isArray = () => false; Object.keys = () => []; String.prototype.slice = () => 'forged'; Reflect.apply = () => 'forged';
        Object.defineProperty(Array.prototype, 0, { set() { throw new Error('seen') }, get() { return 'forged' }, configurable: true });
        Object.prototype.toJSON = () => 'forged'; Object.prototype.get = () => 'forged'; Object.prototype.value = 'forged';
        Function.prototype.call = Function.prototype.apply = () => 'forged'; Promise.prototype.then = () => 'forged';
        Map.prototype.forEach = () => {}; globalThis.String = globalThis.Object = globalThis.Array = undefined;
        const f = (x) => ({ a: [x, new Map([[1, 2]])] })`;
      const [outcome] = await outcomesOf(under(), job(language, source, [call('f', 7)]));
      expect(outcome).toMatchObject({
        status: 'returned',
        value: {
          type: 'map',
          entries: [
            [
              { value: 'a' },
              { type: 'list', items: [{ value: 7 }, { type: 'map', entries: [[{ value: 1 }, { value: 2 }]] }] },
            ],
          ],
        },
      });
    });

    it('a module by the name of a property that every object has is not there', async () => {
      for (const name of ['constructor', '__proto__', 'toString']) {
        const outcome = await outcomeOf(
          under(),
          job(language, `import a from '${name}'\nexport const f = () => a`, [call('f')]),
        );
        const message = outcome.status === 'raised' ? outcome.error.message : outcome.status;
        expect(message).toContain(`Cannot find module '${name}'`);
      }
    });

    it('a getter or a proxy that never ends, ends in its step', async () => {
      const sources = [
        'const f = () => ({ get a() { for (;;) {} } })',
        'const f = () => new Proxy([], { get() { for (;;) {} } })',
        'const f = () => ({ then(resolve) { for (;;) {} } })',
      ];
      for (const source of sources) {
        const outcome = await outcomeOf(under(), job(language, source, [call('f')], { cpuMs: 300 }));
        expect(['timed-out', 'returned']).toContain(outcome.status);
      }
      const thrown = await outcomeOf(
        under(),
        job(
          language,
          'const f = () => { throw { get message() { for (;;) {} }, toString() { for (;;) {} } } }',
          [call('f')],
          { cpuMs: 300 },
        ),
      );
      expect(thrown.status).not.toBe('returned');
    });

    it('an error cannot be caught to outlive its time limit', async () => {
      const source = 'const f = () => { for (;;) { try { for (;;) {} } catch {} finally { continue } } }';
      expect(await outcomeOf(under(), job(language, source, [call('f')], { cpuMs: 300 }))).toMatchObject({
        status: 'timed-out',
        limitMs: 300,
      });
    });

    it('thrown values of every kind are errors with a name', async () => {
      const source =
        'const f = (k) => { throw [undefined, null, "text", 7, { a: 1 }, Object.create(null), new Proxy({}, { get() { throw 1 } }), new RangeError("r")][k] }';
      const outcomes = await outcomesOf(
        under(),
        job(
          language,
          source,
          Array.from({ length: 8 }, (_, index) => call('f', index)),
        ),
      );
      for (const outcome of outcomes) expect(outcome.status).toBe('raised');
      expect(outcomes[2]).toMatchObject({ error: { type: 'string', message: 'text' } });
      expect(outcomes[7]).toMatchObject({ error: { type: 'RangeError', message: 'r', line: 1 } });
    });

    it('timers run in virtual time, and a promise that nothing settles is told', async () => {
      const timers = 'const f = () => new Promise((resolve) => setTimeout(() => resolve("late"), 1e9))';
      expect(await outcomeOf(under(), job(language, timers, [call('f')]))).toMatchObject({
        value: { value: 'late' },
      });
      expect(
        await outcomeOf(under(), job(language, 'const f = () => new Promise(() => {})', [call('f')])),
      ).toMatchObject({ status: 'raised', error: { message: 'the promise is never settled' } });
      const rejected = 'const f = async () => {\n  throw new TypeError("later")\n}';
      expect(await outcomeOf(under(), job(language, rejected, [call('f')]))).toMatchObject({
        status: 'raised',
        error: { type: 'TypeError', line: 2 },
      });
    });

    it('ten hostile jobs at once do not keep an honest one from being right', async () => {
      const hostile = [
        'for (;;) {}',
        'const x = []; for (;;) x.push("y".repeat(1e6) + x.length)',
        'throw null',
        'const r = () => r() + 1; r()',
        'for (;;) console.log("x".repeat(1e5))',
      ];
      const jobs = Array.from({ length: 10 }, (_, index) =>
        outcomeOf(under(), job(language, hostile[index % 5] ?? '', [call('f')], { cpuMs: 1000 })),
      );
      const honest = await outcomeOf(under(), job(language, 'const f = (x) => x + 1', [call('f', 1)]));
      expect(honest).toMatchObject({ status: 'returned', value: { value: 2 } });
      for (const outcome of await Promise.all(jobs)) expect(outcome.status).not.toBe('returned');
    });
  });
}
