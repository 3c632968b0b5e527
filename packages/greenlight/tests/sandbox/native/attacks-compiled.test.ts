/** Attacks of compiled programs on a box, and of sources on their compilers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grade, parseRunAtomRequest } from '../../../src/index.ts';
import { createNativeSandbox, type Language, type Limits, type Sandbox } from '../../../src/sandbox/index.ts';
import { GO, RUST } from '../conformance/compiled/more-sources.ts';
import { CPP, type HostileSources, JAVA, PLACES } from '../conformance/compiled/sources.ts';
import { expectNothingLeft, hostileGround, PROGRAM, SECRET, SECRET_VARIABLE } from '../conformance/hostile-ground.ts';
import { call, job, outcomeOf, outcomesOf } from '../jobs.ts';
import { missingHere } from './missing-here.ts';

const LANGUAGES: readonly (readonly [Language, HostileSources, string])[] = await Promise.all(
  (
    [
      ['cpp', CPP],
      ['java', JAVA],
      ['rust', RUST],
      ['go', GO],
    ] as const
  ).map(async ([language, sources]) => [language, sources, await missingHere('python', language)] as const),
);
const SHORT: Partial<Limits> = { cpuMs: 1000, wallMs: 2000 };
/** A virtual machine starts slowly beside other work. */
const AMPLE: Partial<Limits> = { cpuMs: 10_000, wallMs: 20_000 };

for (const [language, sources, missing] of LANGUAGES) {
  describe.skipIf(missing !== '')(`attacks in ${language}${missing}`, { timeout: 60_000 }, () => {
    let sandbox: Sandbox | undefined;
    const under = (): Sandbox => {
      if (sandbox === undefined) throw new Error('the sandbox was not created');
      return sandbox;
    };
    beforeAll(async () => {
      sandbox = await createNativeSandbox({ maxConcurrent: 4, maxWaiting: 64 });
    });
    afterAll(async () => sandbox && expectNothingLeft(sandbox));
    const { secretFile, port, attack } = hostileGround(under);
    const placed = (source: string): string =>
      source
        .replaceAll(PLACES.file, secretFile)
        .replaceAll(PLACES.port, String(port()))
        .replaceAll(PLACES.variable, SECRET_VARIABLE);
    const program = (source: string, limits: Partial<Limits> = AMPLE) =>
      attack(language, placed(source), PROGRAM, limits);

    it('the host is not read, reached, written or gained', async () => {
      const outcome = await program(sources.reach);
      expect(outcome).toMatchObject({ status: 'exited', exitCode: 0 });
      const lines = outcome.stdout.trim().split('\n');
      expect(lines.length).toBeGreaterThan(14);
      expect(lines.filter((line) => line !== 'refused')).toEqual([]);
      expect(JSON.stringify(outcome)).not.toContain(SECRET);
    });

    it('its scratch has an end', async () => {
      expect(await program(sources.fill, { ...AMPLE, memoryMb: 1024 })).toMatchObject({ stdout: 'full\n' });
    });

    it('neither processes nor threads multiply beyond their limit', async () => {
      const forked = await program(sources.forks, SHORT);
      expect(['timed-out', 'exited', 'lost', 'out-of-memory']).toContain(forked.status);
      const threaded = await program(sources.threads, { cpuMs: 3000, wallMs: 5000 });
      expect(threaded.stdout).not.toContain('DONE');
      if (threaded.status === 'exited' && threaded.exitCode === 0) expect(threaded.stdout).toContain('few');
    });

    it('memory, the stack and descriptors run out inside the box', async () => {
      const taken = await program(sources.memory, { ...AMPLE, memoryMb: 128 });
      expect(['out-of-memory', 'exited', 'timed-out']).toContain(taken.status);
      expect(taken).not.toMatchObject({ exitCode: 0 });
      const deep = await program(sources.recursion);
      expect(['exited', 'out-of-memory']).toContain(deep.status);
      expect(deep).not.toMatchObject({ exitCode: 0 });
      expect(await program(sources.descriptors)).toMatchObject({ stdout: 'few\n' });
    });

    it('what never ends is ended, whatever it ignores', async () => {
      expect(await program(sources.endless, SHORT)).toMatchObject({ status: 'timed-out' });
      expect(await program(sources.sleeps, { cpuMs: 1000, wallMs: 1000 })).toMatchObject({ status: 'timed-out' });
    });

    it('a flood of output is cut, and bytes that are no text are shown as that', async () => {
      expect(await program(sources.flood)).toMatchObject({ status: 'output-limit', truncated: true });
      expect(await program(sources.bytes)).toMatchObject({ status: 'exited', stdout: 'a\uFFFD\0\u001b[31m' });
    });

    it('a daemon is gone with its step, and a signal reaches nobody else', async () => {
      expect(await program(sources.daemon)).toMatchObject({ status: 'exited', stdout: 'left\n' });
      const outcomes = await outcomesOf(under(), job(language, placed(sources.signals), [PROGRAM, PROGRAM], AMPLE));
      // It may have ended itself; the second ran all the same, in a box that works.
      for (const outcome of outcomes) expect(['exited', 'lost']).toContain(outcome.status);
    });

    it('what it was compiled to cannot be changed for the next run', async () => {
      const outcomes = await outcomesOf(under(), job(language, sources.overwrites, [PROGRAM, PROGRAM], AMPLE));
      for (const outcome of outcomes) expect(outcome).toMatchObject({ exitCode: 0, stdout: 'right\n' });
    });

    it('neither leaving early nor printing what a box answers earns a point', async () => {
      for (const submission of [sources.leaves, sources.forges]) {
        const tests = [{ expected_stdout: '42' }, { expected_stdout: '43', hidden: true }];
        const content_json = { language, submission, tests, runner_limits: { cpu_ms: 10_000, wall_ms: 20_000 } };
        const atom = { atom_id: 'a', atom_type: 'code_submission', front: '', back: '', content_json };
        const result = await grade(parseRunAtomRequest(atom), under());
        expect(result).toMatchObject({ partial_score: 0, tests_passed: 0, tests_total: 2, correct: false });
      }
    });

    it('at compile time nothing of the host is read, and every compiler ends', async () => {
      for (const source of sources.compileTime) {
        const honest = job('python', 'def f(x):\n    return x + 1', [call('f', 1)], AMPLE);
        const [run, neighbour] = await Promise.all([
          under().run(job(language, placed(source), [PROGRAM], AMPLE)),
          outcomeOf(under(), honest),
        ]);
        expect(neighbour).toMatchObject({ status: 'returned', value: { value: '2' } });
        expect(JSON.stringify(run)).not.toContain(SECRET);
        const ended = run.status === 'ran' ? run.outcomes[0] : undefined;
        expect({ source: source.slice(0, 80), ended }).not.toMatchObject({ ended: { exitCode: 0 } });
      }
    });

    it('names of files are names, whatever a compiler would make of them', async () => {
      const { files, entrypoint, ...rest } = job(language, sources.leaves, [PROGRAM], AMPLE);
      const suffix = entrypoint.slice(entrypoint.lastIndexOf('.'));
      // Sources that compile; taken as options, or as files of options, they would not.
      const odd = {
        [`@options${suffix}`]: harmless(language, 'A'),
        [`-o${suffix}`]: harmless(language, 'B'),
        [`options${suffix}`]: harmless(language, 'C'),
      };
      const run = await under().run({ ...rest, entrypoint, files: { ...files, ...odd } });
      expect(run).toMatchObject({ status: 'ran', outcomes: [{ status: 'exited', exitCode: 0 }] });
    });
  });
}

/** A source that compiles beside another. */
function harmless(language: Language, name: string): string {
  if (language === 'cpp') return `int at${name};`;
  if (language === 'java') return `class At${name} {}`;
  return language === 'go' ? 'package main' : '';
}
