import { type AtomResult, parseRunAtomRequest, type RunAtomRequest } from '../../src/index.ts';

export const BODY = {
  atom_id: 'double',
  atom_type: 'code_submission',
  front: 'Double a number.',
  back: 'def double(n): return 2 * n',
  content_json: { language: 'python', tests: [{ input: [2], expected: 4 }] },
};

export function someAtom(): RunAtomRequest {
  return parseRunAtomRequest(BODY);
}

export function resultNamed(feedback: string): AtomResult {
  return {
    atom_id: 'double',
    partial_score: 1,
    tests_passed: 1,
    tests_total: 1,
    test_results: [{ name: 'test 1', passed: true, duration_ms: 1, points: 1 }],
    error_class: null,
    git_suggestions: [],
    execution_time_ms: 1,
    meta_cognitive: {},
    correct: true,
    feedback,
    stdout: '',
    stderr: '',
  };
}
