/** Atoms whose answer is no program: a patch, a prediction. */
import { describe, expect, it } from 'vitest';
import { patched } from '../../src/grader/patch.ts';
import { grade, parseRunAtomRequest } from '../../src/index.ts';
import { FakeSandbox, printed, returned, timedOut, valueOf } from '../../testing/index.ts';
import { atomWith } from '../atom-fixtures.ts';

const FILES = { 'lib.py': 'def add(a, b):\n    # adds\n    return a - b\n', 'other.py': 'x = 1\n' };
const PATCH = [
  '--- a/lib.py',
  '+++ b/lib.py',
  '@@ -1,3 +1,3 @@',
  ' def add(a, b):',
  '     # adds',
  '-    return a - b',
  '+    return a + b',
  '',
].join('\n');
const FIXED = FILES['lib.py'].replace('a - b', 'a + b');

describe('patched', () => {
  const apply = (text: string, name = 'answer', files: Record<string, string> = FILES) =>
    patched(files, { [name]: text });

  it.each([
    ['as git writes it', `diff --git a/lib.py b/lib.py\nindex 1..2 100644\n${PATCH}`],
    ['with its plain path', PATCH.replaceAll(/[ab]\/lib/g, 'lib')],
    ['in a code fence', `My review:\n\`\`\`diff\n${PATCH}\`\`\`\n`],
    ['at lines that are off', PATCH.replace('@@ -1,3 +1,3 @@', '@@ -9,3 +9,3 @@')],
    ['with Windows line ends', PATCH.replaceAll('\n', '\r\n')],
  ])('applies a diff %s', (_name, text) => {
    expect(apply(text)).toEqual({ ok: true, files: { ...FILES, 'lib.py': FIXED } });
  });

  it('applies a diff in a file named so, and takes whole files as they are', () => {
    expect(apply(PATCH, 'fix.diff')).toMatchObject({ ok: true, files: { 'lib.py': FIXED } });
    expect(apply('x = 2', 'lib.py')).toEqual({ ok: true, files: { ...FILES, 'lib.py': 'x = 2' } });
  });

  it('adds and removes files', () => {
    const text =
      '--- /dev/null\n+++ b/new.py\n@@ -0,0 +1 @@\n+y = 2\n--- a/other.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x = 1\n';
    expect(apply(text)).toEqual({ ok: true, files: { 'lib.py': FILES['lib.py'], 'new.py': 'y = 2\n' } });
  });

  it.each([
    ['is prose', 'I would change line three.', /holds no hunk/],
    ['is empty', '', /holds no hunk/],
    ['counts its lines wrongly', PATCH.replace('-1,3', '-1,7'), /no unified diff/],
    ['does not fit', PATCH.replace('# adds', '# sums'), /does not fit "lib.py" \(hunks at line 1\)/],
    [
      'changes what is not there',
      PATCH.replaceAll('lib.py', 'gone.py'),
      /changes "gone.py", which is not there; there are lib.py/,
    ],
    ['leads out', '--- /dev/null\n+++ b/../../etc/cron\n@@ -0,0 +1 @@\n+x\n', /leads out of the submission/],
    [
      'holds too many hunks',
      Array.from({ length: 201 }, (_, n) => `--- /dev/null\n+++ b/f${n}\n@@ -0,0 +1 @@\n+x\n`).join(''),
      /201 hunks, at most 200/,
    ],
  ])('refuses a diff that %s', (_name, text, reason) => {
    const result = apply(text);
    expect(result.ok ? 'applied' : result.reason).toMatch(reason);
  });
});

describe('a diff_review', () => {
  const content = { files: FILES, entrypoint: 'lib.py', tests: [{ input: [1, 2], expected: 3 }] };
  const review = (more: object) => atomWith({ ...content, ...more }, { atom_type: 'diff_review', back: PATCH });

  it('is graded by the tests after the patch, and the reference where nothing was handed in', async () => {
    for (const more of [{}, { submission: PATCH }, { submission: { 'lib.py': FIXED } }]) {
      const sandbox = FakeSandbox.answering(returned(valueOf(3)));
      expect(await grade(review(more), sandbox)).toMatchObject({ partial_score: 1 });
      expect(sandbox.jobs[0]).toMatchObject({ entrypoint: 'lib.py', files: { ...FILES, 'lib.py': FIXED } });
    }
  });

  it('whose patch does not fit has failed, and nothing runs', async () => {
    const sandbox = FakeSandbox.answering();
    const result = await grade(review({ submission: 'no diff' }), sandbox);
    expect(result).toMatchObject({ partial_score: 0, tests_total: 1, error_class: 'syntax' });
    expect(result.feedback).toBe(
      'The patch cannot be applied: it holds no hunk (a part that begins with "@@ -1,2 +1,2 @@").',
    );
    expect(result.test_results[0]?.message).toContain('not run: The patch');
    expect(sandbox.jobs).toEqual([]);
  });
});

describe('a code_understanding', () => {
  const content = { code: 'for n in range(3):\n    print(n * n)\n', tests: [], entrypoint: undefined };
  const question = (more: object, back = '0\n1\n4') =>
    atomWith({ ...content, ...more }, { atom_type: 'code_understanding', back });

  it('is graded against what the program really prints', async () => {
    const sandbox = FakeSandbox.answering(printed('0\n1\n4\n'));
    expect(await grade(question({ submission: '0\n1\n4' }), sandbox)).toMatchObject({
      partial_score: 1,
      tests_total: 1,
    });
    expect(sandbox.jobs[0]).toMatchObject({ files: { 'solution.py': content.code }, steps: [{ kind: 'program' }] });
    expect(JSON.stringify(sandbox.jobs)).not.toContain('4\\n');
  });

  it('a wrong prediction is told where it is wrong, and not what is right', async () => {
    const result = await grade(question({ submission: '0\n1\n9' }), FakeSandbox.answering(printed('0\n1\n444\n')));
    expect(result).toMatchObject({ partial_score: 0, error_class: 'logic', stdout: '' });
    expect(result.test_results[0]?.message).toBe(
      "line 3 of your prediction is '9'; the program prints something else there",
    );
    expect(JSON.stringify(result)).not.toContain('444');
    const short = await grade(question({ submission: '0' }), FakeSandbox.answering(printed('0\n1\n4\n')));
    expect(short.test_results[0]?.message).toContain('line 2 is missing from your prediction');
  });

  it('may ask for several runs, with a prediction for each by its name', async () => {
    const tests = [
      { name: 'two', args: ['2'] },
      { name: 'three', stdin: '3', points: 3 },
    ];
    const atom = question({ tests, submission: { two: '4', three: '9' } });
    const result = await grade(atom, FakeSandbox.answering(printed('4\n'), printed('10\n')));
    expect(result).toMatchObject({ partial_score: 0.25, tests_total: 2 });
    expect(parseRunAtomRequest(JSON.parse(JSON.stringify(atom)))).toEqual(atom);
  });

  it('of a program that does not end has failed', async () => {
    const result = await grade(question({ submission: '1' }), FakeSandbox.answering(timedOut(5000)));
    expect(result).toMatchObject({ partial_score: 0, error_class: 'timeout' });
  });

  it('without a submission checks the reference', async () => {
    expect(await grade(question({}), FakeSandbox.answering(printed('0\n1\n4\n')))).toMatchObject({ partial_score: 1 });
  });
});

describe('a cli_task', () => {
  it('is of the shell unless it says otherwise', () => {
    const atom = atomWith(
      { language: undefined, entrypoint: undefined, tests: [{ expected_stdout: 'x' }] },
      { atom_type: 'cli_task', back: 'echo x' },
    );
    expect(atom.content_json).toMatchObject({ language: 'bash', entrypoint: 'solution.sh' });
  });
});
