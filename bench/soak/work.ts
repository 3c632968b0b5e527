/** What a soak has graded: mostly good answers, among them every way to fail that costs a box, each with the score it must get. */
import type { GreenlightAtomRequest } from '@switchyard/greenlight';

export const SOAK_LANGUAGES = ['python', 'javascript', 'typescript'] as const;
export type SoakLanguage = (typeof SOAK_LANGUAGES)[number];

export interface Work {
  readonly atom: GreenlightAtomRequest;
  readonly score: number;
}

/** Of a function that adds up the numbers of a list. */
export const TOTAL_TESTS = [
  { input: [[1, 2, 3]], expected: 6 },
  { input: [[]], expected: 0 },
  { input: [[-1, 1]], expected: 0 },
  { input: [[10, 20, 30, 40]], expected: 100 },
  { input: [[5]], expected: 5 },
];

type Kind = 'right' | 'wrong' | 'raises' | 'exits' | 'endless' | 'broken' | 'floods';

/** Of a hundred grades; every other is right. */
const HUNDRED: readonly (readonly [Kind, number])[] = [
  ['wrong', 8],
  ['raises', 4],
  ['broken', 3],
  ['exits', 2],
  ['floods', 2],
  ['endless', 1],
];

const PYTHON: { readonly [kind in Kind]: string } = {
  right: 'def total(numbers):\n    return sum(numbers)\n',
  wrong: 'def total(numbers):\n    return sum(numbers) + 1\n',
  raises: 'def total(numbers):\n    return {}[0]\n',
  exits: 'import os\ndef total(numbers):\n    os._exit(0)\n',
  endless: 'def total(numbers):\n    while True: pass\n',
  broken: 'def total(numbers:\n    return 0\n',
  floods: 'def total(numbers):\n    print("x" * 300_000)\n    return None\n',
};

const JAVASCRIPT: { readonly [kind in Kind]: string } = {
  right: 'function total(numbers) { return numbers.reduce((sum, one) => sum + one, 0); }\n',
  wrong: 'function total(numbers) { return numbers.reduce((sum, one) => sum + one, 1); }\n',
  raises: 'function total(numbers) { return null.length; }\n',
  exits: 'function total(numbers) { process.exit(0); }\n',
  endless: 'function total(numbers) { for (;;) {} }\n',
  broken: 'function total(numbers { return 0; }\n',
  floods: 'function total(numbers) { console.log("x".repeat(300_000)); return null; }\n',
};

const SOURCES: { readonly [language in SoakLanguage]: { readonly [kind in Kind]: string } } = {
  python: PYTHON,
  javascript: JAVASCRIPT,
  typescript: JAVASCRIPT,
};

/** The work of a place in the row: the same for the same place. */
export function workAt(index: number, languages: readonly SoakLanguage[]): Work {
  const language = languages[index % languages.length] ?? 'python';
  const kind = kindAt(Math.floor(index / languages.length) % 100);
  const source = SOURCES[language][kind];
  return {
    atom: {
      atom_id: `soak-${language}-${kind}`,
      atom_type: 'code_submission',
      front: 'Write `total(numbers)`.',
      back: SOURCES[language].right,
      content_json: {
        language,
        entry_function: 'total',
        tests: TOTAL_TESTS,
        submission: source,
        runner_limits: { cpu_ms: kind === 'endless' ? 200 : 5_000, wall_ms: 10_000 },
      },
    },
    score: kind === 'right' ? 1 : 0,
  };
}

/** Spread over the hundred rather than one kind after the other. */
function kindAt(place: number): Kind {
  let from = 0;
  const at = (place * 37) % 100;
  for (const [kind, count] of HUNDRED) {
    if (at < from + count) return kind;
    from += count;
  }
  return 'right';
}
