import { describe, expect, it } from 'vitest';
import { parseRunAtomRequest, runAtomRequestSchema } from '../../src/index.ts';
import { atomWith, bodyWith } from '../atom-fixtures.ts';

describe('parseRunAtomRequest', () => {
  it('fills in every default', () => {
    const atom = atomWith({ entrypoint: undefined, runner_limits: undefined });
    expect(atom.content_json).toMatchObject({
      entrypoint: 'solution.py',
      runner_limits: { cpu_ms: 5000, memory_mb: 256, wall_ms: 10_000, output_kb: 64 },
      tests: [{ name: 'test 1', input: [1, 2], expected: 3, points: 1, hidden: false }],
    });
    expect(atom.content_json.submission).toBeUndefined();
  });

  it('reads what it wrote as the same request', () => {
    const atom = atomWith({ submission: { 'main.py': 'x = 1' }, entrypoint: 'main.py', function: 'add' });
    const again: unknown = JSON.parse(JSON.stringify(atom));
    expect(parseRunAtomRequest(again)).toEqual(atom);
    expect(runAtomRequestSchema.parse(again)).toEqual(atom);
  });

  it('ignores unknown fields and takes null for a field left out', () => {
    const atom = atomWith({ starter: null, submission: null, colour: 'red' }, { session_context: null, extra: 1 });
    expect(atom).toEqual(atomWith());
  });

  it('keeps what is known of the learner', () => {
    const session = { learner_id: 'l-1', mastery_level: 0.65, recent_errors: ['off_by_one'], course: 'x' };
    expect(atomWith({}, { session_context: session }).session_context).toEqual(session);
  });

  it.each(['python', 'Python', 'py', 'python3'])('reads the language %s as python', (language) => {
    expect(atomWith({ language }).content_json.language).toBe('python');
  });

  it('gives JavaScript its own default entry file', () => {
    expect(atomWith({ language: 'js', entrypoint: null }).content_json.entrypoint).toBe('solution.js');
  });
});

describe('the variants that clients speak', () => {
  it('finds front, back and content_json nested under content', () => {
    const { front, back, content_json, ...rest } = bodyWith();
    expect(parseRunAtomRequest({ ...rest, content: { front, back, content_json } })).toEqual(atomWith());
  });

  it.each([
    ['in runner_limits', { runner_limits: { cpu_ms: 100, memory_mb: 64 } }],
    ['in runner', { runner: { cpu_ms: 100, memory_mb: 64 } }],
    ['in runner.runner_limits', { runner: { runner_limits: { cpu_ms: 100, memory_mb: 64 } } }],
    ['in runner.limits', { runner: { limits: { cpu_ms: 100, memory_mb: 64 } } }],
    ['by their other names', { runner: { time_limit_ms: 100, memory_limit_mb: 64 } }],
    ['beside the tests', { time_limit_ms: 100, memory_limit_mb: 64 }],
  ])('reads limits %s', (_, content) => {
    expect(atomWith({ runner_limits: undefined, ...content }).content_json.runner_limits).toEqual({
      cpu_ms: 100,
      memory_mb: 64,
      wall_ms: 200,
      output_kb: 64,
    });
  });

  it('reads language, entrypoint and tests under runner', () => {
    const runner = { language: 'python', entrypoint: 'solution.py', tests: [{ input: [1, 2], expected: 3 }] };
    expect(parseRunAtomRequest(bodyWith({}, { content_json: { runner } }))).toEqual(atomWith());
  });

  it.each([
    ['text', 'x = 1'],
    ['a file by path', { 'solution.py': 'x = 1' }],
    ['files', { files: { 'solution.py': 'x = 1' } }],
  ])('reads a submission as %s', (_, submission) => {
    expect(atomWith({ submission }).content_json.submission).toEqual({ 'solution.py': 'x = 1' });
  });

  it('runs the only file there is when no entrypoint is named', () => {
    const { content_json } = atomWith({ entrypoint: undefined, submission: { 'main.py': '' } });
    expect(content_json.entrypoint).toBe('main.py');
  });

  it('takes "function" for "entry_function"', () => {
    expect(atomWith({ function: 'add' }).content_json.entry_function).toBe('add');
  });

  it('takes named input', () => {
    expect(atomWith({ tests: [{ input: { a: 1, b: 2 }, expected: null }] }).content_json.tests[0]).toMatchObject({
      input: { a: 1, b: 2 },
      expected: null,
    });
  });
});
