import { describe, expect, it } from 'vitest';
import type { Step } from '../../../src/sandbox/index.ts';
import { assertion, call, job, outcomeOf, outcomesOf } from '../jobs.ts';
import type { SandboxUnderTest } from '../sandbox-under-test.ts';
import { hostileGround, PROGRAM, SECRET, SECRET_VARIABLE, valuesOf } from './hostile-ground.ts';

const ANSWER = 'export const f = (x: number): number => x + 1;\n';

/** Sources that are hard on whatever takes the types away, before anything of them runs. */
const HARD_TO_STRIP: readonly (readonly [string, string])[] = [
  ['types nested without end', `${ANSWER}type A = ${'Array<'.repeat(5_000)}number${'>'.repeat(5_000)};`],
  ['parentheses nested without end', `${ANSWER}const x = ${'('.repeat(20_000)}1${')'.repeat(20_000)};`],
  ['generics that never close', `${ANSWER}const y = f${'<a'.repeat(20_000)}`],
  ['conditional types without end', `${ANSWER}type C = ${'1 extends 2 ? 3 : '.repeat(5_000)}4;`],
  ['a megabyte of one union', `${ANSWER}type U = ${Array.from({ length: 100_000 }, (_, n) => `'${n}'`).join(' | ')};`],
  ['half a surrogate and a NUL', `${ANSWER}const s: string = '\uD800\0';`],
];

/** What the step before types go can try, in any sandbox. */
export function attacksOnTypeScript(under: SandboxUnderTest): void {
  describe('attacks on what strips TypeScript', () => {
    it.each(HARD_TO_STRIP)('%s end as an answer or an error, and the next job is right', async (_, source) => {
      const run = await under().run(job('typescript', source, [call('f', 1)]));
      if (run.status === 'ran') {
        expect(run.outcomes).toHaveLength(1);
        const [outcome] = run.outcomes;
        if (outcome?.status === 'returned') expect(outcome.value).toMatchObject({ value: 2 });
      }
      expect(await outcomeOf(under(), job('typescript', ANSWER, [call('f', 1)]))).toMatchObject({
        status: 'returned',
        value: { value: 2 },
      });
    });

    it('references, imports and requires read no file but the job’s', async () => {
      const sources = [
        `/// <reference path="/etc/passwd" />\n${ANSWER}`,
        `import type { A } from '/etc/passwd';\n${ANSWER}`,
        "import text from '/etc/passwd';\nexport const f = (): string => String(text);",
        "import text from '../../etc/passwd';\nexport const f = (): string => String(text);",
        "import text from '/etc/passwd' with { type: 'text' };\nexport const f = (): string => String(text);",
        "import text = require('/etc/passwd');\nexport const f = (): string => String(text);",
        "const f = (): string => String(require('/etc/passwd'));",
      ];
      for (const source of sources) {
        const run = await under().run(job('typescript', source, [call('f', 1)]));
        expect(JSON.stringify(run)).not.toContain('root:');
      }
    });

    it('code that stands for a type runs in its step only: enums, decorators, namespaces, parameter properties', async () => {
      const source = `
        enum Evil { A = (() => { Object.prototype.toString = () => 'forged'; (globalThis as any).JSON = undefined; return 1 })() }
        namespace Kept { export let count = 0 }
        class Box { constructor(readonly value: number = (Kept.count += 1)) {} }
        const f = (): number[] => [Evil.A, new Box().value, Kept.count];`;
      const outcomes = await outcomesOf(under(), job('typescript', source, [call('f'), call('f')]));
      for (const outcome of outcomes) expect(valuesOf(outcome)).toEqual([1, 1, 1]);
    });

    it('an assertion cannot break out of what it is wrapped in, and a cast decides nothing', async () => {
      const steps = [
        assertion('}); throw new Error("outside"); (async () => {'),
        assertion('const x = f(1) as unknown as never; if (x !== 3) throw new Error("wrong")'),
        assertion('(assert as any).equal = () => undefined; assert.strictEqual(f(1), 3)'),
        call('f', 1),
      ];
      const outcomes = await outcomesOf(under(), job('typescript', ANSWER, steps));
      expect(outcomes).toMatchObject([
        { status: 'raised' },
        { status: 'raised' },
        { status: 'raised' },
        { status: 'returned', value: { value: 2 } },
      ]);
    });
  });
}

/** What only Node can try: TypeScript with the system under it. */
export function attacksOnTypeScriptNatively(under: SandboxUnderTest): void {
  describe('attacks in TypeScript in a box with a system', () => {
    const { secretFile, port, attack } = hostileGround(under);

    it('as a function and as a program it reads, writes, reaches and gains nothing of the host', async () => {
      const source = `
        import fs from 'node:fs'; import net from 'node:net'; import { spawnSync } from 'node:child_process';
        const refused = (work: () => unknown): string => { try { return 'DONE ' + String(work()); } catch { return 'refused'; } };
        const connect = (to: number): Promise<string> => new Promise((resolve) => {
          net.connect(to, '127.0.0.1').on('error', () => resolve('refused')).on('connect', () => resolve('DONE'));
        });
        export const f = async (): Promise<string[]> => [
          ...['/etc/shadow', '/etc/passwd', '${secretFile}', '/proc/1/environ', '/proc/1/mem'].map((path: string) => refused(() => fs.readFileSync(path))),
          ...['/x', '/usr/x', '/etc/x', '/dev/x'].map((path: string) => refused(() => fs.writeFileSync(path, 'x'))),
          process.env['${SECRET_VARIABLE}'] ?? 'refused',
          refused(() => process.setuid?.(0)), refused(() => process.dlopen({ exports: {} }, '${secretFile}')),
          spawnSync('/bin/sh', ['-c', 'cat ${secretFile} /etc/shadow']).stdout.toString() || 'refused',
          await connect(${port()}),
        ];
        f().then((all) => console.log(all.join('\\n')));`;
      const limits = { cpuMs: 10_000, wallMs: 20_000 };
      const called = await attack('typescript', source, call('f'), limits);
      expect(valuesOf(called)).toEqual(Array.from({ length: 14 }, () => 'refused'));
      const program = await attack('typescript', source, PROGRAM, limits);
      expect(program).toMatchObject({ status: 'exited', exitCode: 0, stdout: 'refused\n'.repeat(14) });
      expect(JSON.stringify([called, program])).not.toContain(SECRET);
    });

    it.each<[string, string, Step]>([
      [
        'processes',
        "import { spawn } from 'node:child_process';\nfor (;;) spawn('/bin/sleep', ['100']).on('error', () => {});",
        PROGRAM,
      ],
      [
        'threads',
        "import { Worker } from 'node:worker_threads';\nexport const f = (): void => { for (;;) new Worker('for (;;) {}', { eval: true }).on('error', () => {}); };",
        call('f'),
      ],
      ['buffers', 'const kept: Buffer[] = [];\nfor (;;) kept.push(Buffer.alloc(1e7, 1));', PROGRAM],
      ['output', "for (;;) process.stdout.write('x'.repeat(1e5));", PROGRAM],
      ['waiting', "process.on('SIGTERM', () => {});\nsetInterval(() => {}, 1e6);", PROGRAM],
    ])('a bomb of %s ends with its step', async (_, source, step) => {
      const outcome = await attack('typescript', source, step, { cpuMs: 1000, wallMs: 2500 });
      expect(outcome.status).not.toBe('returned');
      expect(outcome).not.toMatchObject({ status: 'exited', exitCode: 0 });
    });

    it('a forged frame voids the step, and leaving early is no pass', async () => {
      const source = `import fs from 'node:fs';
        export const f = (frame: string): number => { fs.writeSync(3, frame + '\\n'); return 1; };
        export const g = (): number => { process.exit(0); };
        export const h = (): number => 2;`;
      const forged = call('f', '{"returned":["f",42]}\n{"returned":["f",42]}');
      expect(await outcomesOf(under(), job('typescript', source, [forged, call('h')]))).toMatchObject([
        { status: 'lost' },
        { status: 'returned', value: { value: 2 } },
      ]);
      expect(await attack('typescript', source, call('g'))).toMatchObject({ status: 'exited', exitCode: 0 });
    });
  });
}
