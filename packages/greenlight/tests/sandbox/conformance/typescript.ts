import { describe, expect, it } from 'vitest';
import { assertion, call, callNamed, job, LIMITS, outcomeOf, outcomesOf } from '../jobs.ts';
import type { SandboxUnderTest } from '../sandbox-under-test.ts';

export function typeScript(under: SandboxUnderTest): void {
  describe('TypeScript', () => {
    it('functions are called, by position and by name, and answer as JavaScript does', async () => {
      const source =
        'interface Point { x: number; y: number }\nexport function move(point: Point, by: number = 1): Point {\n  return { ...point, x: point.x + by } satisfies Point;\n}\n';
      const steps = [
        call('move', { x: 1, y: 2 }),
        callNamed('move', { point: { x: 1, y: 2 }, by: 5 }),
        call(undefined, { x: 0, y: 0 }),
      ];
      const outcomes = await outcomesOf(under(), job('typescript', source, steps));
      expect(outcomes.map((outcome) => (outcome.status === 'returned' ? outcome.value : outcome))).toMatchObject(
        [2, 6, 1].map((x) => ({
          type: 'map',
          entries: [
            [{ value: 'x' }, { value: x }],
            [{ value: 'y' }, {}],
          ],
        })),
      );
    });

    it('enums and parameter properties, which make code, work', async () => {
      const source =
        'enum Level { Low = 1, High }\nclass Box { constructor(private readonly level: Level) {}\n  get(): Level { return this.level; } }\nconst f = (): number => new Box(Level.High).get();';
      expect(await outcomeOf(under(), job('typescript', source, [call('f')]))).toMatchObject({
        status: 'returned',
        value: { value: 2 },
      });
    });

    it('an error keeps the line of the source', async () => {
      const source =
        'type Name = string;\n\nfunction f(name: Name | undefined): number {\n  return (name as Name).length;\n}';
      expect(await outcomeOf(under(), job('typescript', source, [call('f')]))).toMatchObject({
        status: 'raised',
        error: { type: 'TypeError', file: 'solution.ts', line: 4 },
      });
    });

    it('what does not compile is a syntax error with line and column', async () => {
      const run = await under().run(job('typescript', 'const a = 1;\nconst x: = 2;\n', [call('f')]));
      expect(run).toMatchObject({
        status: 'syntax-error',
        error: { type: 'SyntaxError', file: 'solution.ts', line: 2, column: 10 },
      });
    });

    it('files import each other by the name that they have or will have, and types vanish', async () => {
      const files = {
        'solution.ts':
          "import { twice } from './lib/twice.ts';\nimport { one } from './one.js';\nimport type { Num } from './types.ts';\nexport const f = (n: Num): Num => twice(n) + one;",
        'lib/twice.ts': 'export const twice = (n: number): number => n * 2;',
        'one.ts': 'export const one: number = 1;',
        'types.ts': 'export type Num = number;',
      };
      const submitted = {
        language: 'typescript',
        files,
        entrypoint: 'solution.ts',
        steps: [call('f', 3)],
        limits: LIMITS,
      } as const;
      expect(await outcomeOf(under(), submitted)).toMatchObject({ status: 'returned', value: { value: 7 } });
    });

    it('assertions, programs and test files may be TypeScript too', async () => {
      const source =
        'export function add(a: number, b: number): number { return a + b; }\nconsole.log(add(1, 2) as number);';
      const tests =
        "import { test } from 'node:test';\nimport assert from 'node:assert/strict';\nimport { add } from './solution.ts';\n\ntest('adds', (): void => {\n  const sum: number = add(1, 2);\n  assert.equal(sum, 3);\n});\ntest('fails', () => assert.equal(add(1, 1) as number, 3));";
      const steps = [
        assertion('const sum: number = add(1, 2); assert.equal(sum, 3)'),
        assertion('const sum: = 1'),
        { kind: 'program' } as const,
        { kind: 'test-file', path: 'solution.test.ts', source: tests } as const,
      ];
      expect(await outcomesOf(under(), job('typescript', source, steps))).toMatchObject([
        { status: 'returned' },
        { status: 'raised', error: { type: 'SyntaxError' } },
        { status: 'exited', exitCode: 0, stdout: '3\n' },
        {
          status: 'tested',
          tests: [
            { name: 'adds', passed: true },
            { name: 'fails', passed: false, error: { file: 'solution.test.ts', line: 9 } },
          ],
        },
      ]);
    });
  });
}
