import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { answerAtom, createWasmSandbox, loadDeck, type Sandbox } from '@switchyard/greenlight';
import { describe, expect, it } from 'vitest';
import { gradeAll } from '../../src/commands/grade.ts';
import { createContext } from '../../src/context.ts';
import { main } from '../../src/main.ts';
import { fakeIo } from '../support/fake-io.ts';
import { testFolder } from '../support/test-folder.ts';

const add = {
  atom_id: 'add',
  title: 'Add',
  front: 'Write add(a, b).',
  back: 'def add(a, b):\n    return a + b\n',
  content_json: { language: 'python', entry_function: 'add', tests: [{ name: 'small', input: [1, 2], expected: 3 }] },
};
const twice = {
  atom_id: 'twice',
  title: 'Twice',
  front: 'Write twice(a).',
  back: 'function twice(a) { return a * 2; }',
  content_json: {
    language: 'javascript',
    entry_function: 'twice',
    tests: [{ name: 'small', input: [2], expected: 4 }],
  },
};

const IN_C = { language: 'c', tests: [{ name: 'small', stdin: '1', expected_stdout: '1' }] };

async function wasmSandbox(): Promise<Sandbox & AsyncDisposable> {
  const sandbox = await createWasmSandbox();
  return Object.assign(sandbox, { [Symbol.asyncDispose]: () => sandbox.close() });
}

describe('grade', () => {
  it('grades an atom or a deck, by its reference or by answers, and says by its exit status whether all is right', async () => {
    await using folder = await testFolder();
    const file = (name: string, content: unknown) =>
      writeFile(join(folder.path, name), typeof content === 'string' ? content : JSON.stringify(content));
    await file('atom.json', add);
    await file('deck.json', { name: 'two', atoms: [add, twice] });
    await mkdir(join(folder.path, 'answers'));
    await file('answers/twice.js', 'function twice(a) { return a; }');
    const run = async (argv: readonly string[], stdin: readonly string[] = []) => {
      const io = fakeIo({ cwd: folder.path, stdin });
      const code = await main(['grade', ...argv], io);
      return { code, out: io.out(), err: io.err() };
    };

    const reference = await run(['atom.json']);
    expect([reference.code, reference.err]).toEqual([0, '']);
    expect(reference.out).toContain('✓ Add  100 %, 1 of 1 tests');

    const deck = await run(['deck.json', '--json']);
    const results = deck.out
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(results).toMatchObject([
      { atom_id: 'add', partial_score: 1 },
      { atom_id: 'twice', partial_score: 1 },
    ]);

    const answered = await run(['deck.json', '--answers', 'answers']);
    expect(answered.code).toBe(5);
    expect(answered.out).toContain('✗ Twice  0 %');
    expect(answered.out).not.toContain('Add');

    const one = await run(['deck.json', '--atom', 'add', '--answer', '-'], ['def add(a, b):\n    return 0\n']);
    expect([one.code, one.out]).toEqual([5, expect.stringContaining('expected 3, got 0')]);

    const piped = await run(['-'], [JSON.stringify(add)]);
    expect(piped.code).toBe(0);
    const summary = await run(['deck.json']);
    expect(summary.out).toContain('2 of 2 atoms correct');
  });

  it('grades the rest of a deck where a language does not run, says why and ends with 1', async () => {
    await using sandbox = await wasmSandbox();
    const { atoms } = await loadDeck({
      text: JSON.stringify({ atoms: [add, { ...add, atom_id: 'in-c', content_json: IN_C }, twice] }),
    });
    const jobs = atoms.map((atom) => ({ atom, request: atom }));
    const io = fakeIo();
    const context = createContext(io, new AbortController().signal);
    expect(await gradeAll(jobs, sandbox, {}, context)).toBe(1);
    expect(io.out()).toContain('2 of 2 atoms correct');
    expect(io.err()).toContain('in-c is not graded: language "c" cannot be run here');
    const wrong = jobs.map((job) => ({ ...job, request: answerAtom(job.atom, 'x = 1') }));
    expect(await gradeAll(wrong, sandbox, { json: true }, context)).toBe(5);
    await expect(gradeAll(jobs.slice(1, 2), sandbox, {}, context)).rejects.toThrow('language "c" cannot be run here');
  });

  it('explains what cannot be graded, before anything runs', async () => {
    await using folder = await testFolder();
    await writeFile(
      join(folder.path, 'bad.json'),
      JSON.stringify({ ...add, content_json: { language: 'cobol', tests: {} } }),
    );
    await writeFile(join(folder.path, 'deck.json'), JSON.stringify({ name: 'two', atoms: [add, twice] }));
    await mkdir(join(folder.path, 'empty'));
    const run = async (...argv: string[]) => {
      const io = fakeIo({ cwd: folder.path });
      return [await main(['grade', ...argv], io), io.err()] as const;
    };
    const [code, message] = await run('bad.json');
    expect(code).toBe(1);
    expect(message).toMatch(/\/content_json\/language was "cobol"; it may be one of: python, javascript/);
    expect(message).toContain('/content_json/tests');
    expect(await run('none.json')).toEqual([1, expect.stringContaining('cannot be read')]);
    expect(await run('deck.json', '--answer', 'x.py')).toEqual([2, expect.stringContaining('--atom ID')]);
    expect(await run('deck.json', '--answer', 'x', '--answers', 'y')).toEqual([2, expect.stringContaining('both')]);
    expect(await run('deck.json', '--atom', 'sub')).toEqual([2, expect.stringContaining('one of: add, twice')]);
    expect(await run('deck.json', '--answers', 'empty')).toEqual([2, expect.stringContaining('no answer')]);
    expect(await run('deck.json', '--atom', 'add', '--answer', 'none.py')).toEqual([
      1,
      expect.stringContaining('none.py'),
    ]);
  });
});
