import { parseRunAtomRequest, type RunAtomRequest } from '../src/index.ts';

/** A body as the protocol's first client sends it, with fields replaced. */
export function bodyWith(content: object = {}, more: object = {}): { [key: string]: unknown } {
  return {
    atom_id: 'a-1',
    atom_type: 'code_submission',
    front: 'Write a function that adds two numbers',
    back: 'def add(a, b):\n    return a + b',
    content_json: {
      language: 'python',
      entrypoint: 'solution.py',
      tests: [{ input: [1, 2], expected: 3 }],
      runner_limits: { cpu_ms: 5000, memory_mb: 256 },
      ...content,
    },
    ...more,
  };
}

export function atomWith(content: object = {}, more: object = {}): RunAtomRequest {
  return parseRunAtomRequest(bodyWith(content, more));
}
