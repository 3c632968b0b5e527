import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deckJsonSchema } from '@switchyard/greenlight';
import { describe, expect, it } from 'vitest';
import { main } from '../../src/main.ts';
import { fakeIo } from '../support/fake-io.ts';
import { testFolder } from '../support/test-folder.ts';

async function run(cwd: string, ...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const io = fakeIo({ cwd });
  const code = await main(['atoms', ...argv], io);
  return { code, out: io.out(), err: io.err() };
}

describe('atoms check', () => {
  it('says what is wrong where, and by its exit status that something is', async () => {
    await using folder = await testFolder();
    const atom = (more: object, content: object = {}) => ({
      atom_id: 'twice',
      front: 'Write twice(a).',
      back: 'function twice(a) { return a * 2; }',
      content_json: { language: 'javascript', tests: [{ input: [2], expected: 4 }], ...content },
      ...more,
    });
    const save = (name: string, content: unknown) =>
      writeFile(join(folder.path, name), typeof content === 'string' ? content : JSON.stringify(content));
    await save('good.json', { name: 'good', atoms: [atom({}, { starter: 'function twice(a) { return a; }' })] });
    await save('wrong.json', {
      name: 'wrong',
      atoms: [
        atom({ back: 'function twice(a) { return a; }' }),
        atom({ atom_id: 'easy' }, { starter: 'function twice(a) { return a + a; }' }),
      ],
    });
    await save('invalid.json', { name: 'invalid', atoms: [atom({ front: 7 })] });
    await save('broken.json', '{');

    expect(await run(folder.path, 'check', 'good.json')).toEqual({
      code: 0,
      out: '',
      err: '1 atom in 1 deck: no problem\n',
    });
    const wrong = await run(folder.path, 'check', 'good.json', 'wrong.json');
    expect(wrong.code).toBe(5);
    expect(wrong.out).toContain('wrong.json /atoms/0/back does not pass its own tests');
    expect(wrong.out).toContain('wrong.json /atoms/1/content_json/starter passes all tests as it is');
    expect(wrong.err).toBe('3 atoms in 2 decks: 2 problems\n');
    expect(await run(folder.path, 'check', 'wrong.json', '--no-run')).toMatchObject({ code: 0, out: '' });
    const unread = await run(folder.path, 'check', 'broken.json', 'gone.json');
    expect([unread.code, unread.err]).toEqual([1, '0 atoms in 2 decks: 2 problems\n']);
    expect(unread.out).toMatch(
      /^broken\.json is not JSON: it ends too early; .*\ngone\.json cannot be read: there is no such file or folder\n$/,
    );
    const invalid = await run(folder.path, 'check', 'invalid.json', 'broken.json', 'gone.json', '--json');
    expect(invalid.code).toBe(1);
    const lines = invalid.out.trim().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { file: 'invalid.json', pointer: '/atoms/0/front', detail: expect.stringContaining('was 7') as unknown },
      { file: 'broken.json', pointer: '' },
      { file: 'gone.json', pointer: '' },
    ]);
  });
});

describe('atoms new', () => {
  it.each([
    ['python', 'code_submission'],
    ['javascript', 'debugging'],
    ['typescript', 'code_submission'],
    ['python', 'diff_review'],
    ['python', 'code_understanding'],
    ['javascript', 'code_understanding'],
  ])('makes a deck in %s of a %s that passes its check', async (language, type) => {
    await using folder = await testFolder();
    const made = await run(folder.path, 'new', 'My Deck.json', '--language', language, '--type', type);
    expect(made).toMatchObject({ code: 0, out: 'My Deck.json\n' });
    expect(await run(folder.path, 'check', 'My Deck.json')).toMatchObject({ code: 0, out: '' });
    const again = await run(folder.path, 'new', 'My Deck.json');
    expect(again.code).toBe(1);
    expect(again.err).toContain('is there already');
  });

  it('prints an exercise for another deck', async () => {
    const { code, out } = await run('/', 'new', '-', '--type', 'cli_task', '--id', 'count-errors');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ atom_id: 'count-errors', content_json: { language: 'bash' } });
  });

  it('refuses a language that it does not know, as usage', async () => {
    expect(await run('/', 'new', '-', '--language', 'cobol')).toMatchObject({ code: 2 });
  });
});

describe('atoms schema', () => {
  it('prints what the examples point to', async () => {
    const { out } = await run('/', 'schema');
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(deckJsonSchema())));
    const committed = await readFile(join(import.meta.dirname, '../../../../examples/deck.schema.json'), 'utf8');
    expect(JSON.parse(committed)).toEqual(JSON.parse(out));
  });
});

describe('atoms export', () => {
  it('writes what grade printed as JUnit, Gradescope or Exercism', async () => {
    await using folder = await testFolder();
    const atom = { atom_id: 'twice', front: '', back: 'function twice(a) { return a * 2; }' };
    const content = { language: 'javascript', tests: [{ name: 'two', input: [2], expected: 4 }] };
    await writeFile(join(folder.path, 'atom.json'), JSON.stringify({ ...atom, content_json: content }));
    const io = fakeIo({ cwd: folder.path });
    expect(await main(['grade', 'atom.json', '--json'], io)).toBe(0);
    await writeFile(join(folder.path, 'one.json'), io.out());
    await writeFile(join(folder.path, 'two.json'), io.out() + io.out());
    expect((await run(folder.path, 'export', 'two.json', '--format', 'junit')).out).toMatch(
      /<testsuites>[^]*name="two"[^]*name="two"[^]*<\/testsuites>/,
    );
    const gradescope = await run(folder.path, 'export', 'one.json', '--format', 'gradescope');
    expect(JSON.parse(gradescope.out)).toMatchObject({ score: 1, tests: [{ status: 'passed' }] });
    const exercism = await run(folder.path, 'export', 'one.json', '--format', 'exercism');
    expect(JSON.parse(exercism.out)).toMatchObject({ version: 3, status: 'pass' });
    expect(await run(folder.path, 'export', 'two.json', '--format', 'exercism')).toMatchObject({ code: 2 });
    expect(await run(folder.path, 'export', 'atom.json', '--format', 'junit')).toMatchObject({ code: 1 });
  });
});

describe('atoms import', () => {
  it('reads the report of another runner as a result that export takes', async () => {
    await using folder = await testFolder();
    const tests = [
      { name: 'one', status: 'pass' },
      { name: 'two', status: 'fail', message: 'no' },
    ];
    await writeFile(join(folder.path, 'results.json'), JSON.stringify({ version: 2, status: 'fail', tests }));
    const read = await run(folder.path, 'import', 'results.json', '--from', 'exercism', '--atom', 'two-fer');
    expect(JSON.parse(read.out)).toMatchObject({ atom_id: 'two-fer', partial_score: 0.5, tests_total: 2 });
    await writeFile(join(folder.path, 'one.json'), read.out);
    expect((await run(folder.path, 'export', 'one.json', '--format', 'junit')).out).toContain('failures="1"');
    const wrong = await run(folder.path, 'import', 'results.json', '--from', 'jest');
    expect(wrong).toMatchObject({ code: 1, out: '' });
    expect(await run(folder.path, 'import', 'results.json', '--from', 'mocha')).toMatchObject({ code: 2 });
  });
});
