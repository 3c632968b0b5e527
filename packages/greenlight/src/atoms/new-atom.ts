/** A first atom of a new deck: small, complete, and right as it is, so that its author changes it bit by bit. */
import type { AtomType } from '../contract/atom-types.ts';
import { CALL_LANGUAGES, type Language } from '../sandbox/port.ts';

export interface NewAtomOptions {
  readonly id: string;
  readonly type: AtomType;
  readonly language: Language;
}

type Written = { readonly [key: string]: unknown };

/** As a deck holds it, ready to be written as JSON. */
export function newAtom({ id, type, language }: NewAtomOptions): Written {
  const { content, ...texts } = partsOf(type, language);
  return {
    atom_id: id,
    atom_type: type,
    title: titleOf(id),
    tags: [],
    ...texts,
    content_json: { language, ...content },
  };
}

interface Parts {
  readonly front: readonly string[];
  readonly back: readonly string[];
  readonly content: Written;
}

function partsOf(type: AtomType, language: Language): Parts {
  if (type === 'code_understanding') {
    return {
      front: ['What does this program print?'],
      back: ['6'],
      content: { code: sumProgram(language, '1 2 3') },
    };
  }
  if (type === 'diff_review') {
    const entrypoint = 'solution.py';
    return {
      front: ['`double` does not double. Hand in a patch that mends it.'],
      back: [
        `--- a/${entrypoint}`,
        `+++ b/${entrypoint}`,
        '@@ -1,2 +1,2 @@',
        ' def double(n):',
        '-    return n + 2',
        '+    return n * 2',
        '',
      ],
      content: {
        language: 'python',
        entry_function: 'double',
        files: { [entrypoint]: ['def double(n):', '    return n + 2', ''] },
        tests: [
          { name: 'three', input: [3], expected: 6 },
          { name: 'zero', input: [0], expected: 0 },
        ],
      },
    };
  }
  if (language === 'sql') return SQL;
  return CALL_LANGUAGES.some((one) => one === language) && type !== 'cli_task'
    ? functionParts(language)
    : programParts(language);
}

function titleOf(id: string): string {
  const words = id.replaceAll(/[-_.]+/g, ' ').trim();
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function functionParts(language: Language): Parts {
  const inPython = language === 'python';
  const typed = language === 'typescript';
  const head = inPython ? 'def double(n):' : typed ? 'function double(n: number): number {' : 'function double(n) {';
  const source = (result: string): string[] =>
    inPython ? [head, `    return ${result}`] : [head, `  return ${result};`, '}'];
  return {
    front: ['Write `double(n)`: twice the number.'],
    back: source('2 * n'),
    content: {
      entry_function: 'double',
      starter: source('0'),
      hints: ['Which operator multiplies?'],
      tests: [
        { name: 'a small number', input: [3], expected: 6 },
        { name: 'a negative one', input: [-2], expected: -4 },
        { name: 'a large one', input: [1000], expected: 2000, hidden: true, points: 2 },
      ],
    },
  };
}

const SQL: Parts = {
  front: ['The table `people` has `name` and `age`. List the names of those of 18 and older, oldest first.'],
  back: ['SELECT name FROM people WHERE age >= 18 ORDER BY age DESC;'],
  content: {
    starter: ['SELECT name FROM people;'],
    files: { 'schema.sql': ['CREATE TABLE people (name TEXT NOT NULL, age INTEGER NOT NULL);'] },
    tests: [
      {
        name: 'three people',
        input: ["INSERT INTO people VALUES ('Ada', 36), ('Bo', 7), ('Cy', 18);"],
        expected: [['Ada'], ['Cy']],
      },
      { name: 'nobody', input: [], expected: [] },
    ],
  },
};

function programParts(language: Language): Parts {
  return {
    front: ['Read numbers from the standard input, and print their sum.'],
    back: sumProgram(language),
    content: {
      tests: [
        { name: 'three numbers', stdin: '1 2 3\n', expected_stdout: '6' },
        { name: 'one number', stdin: '5\n', expected_stdout: '5' },
      ],
    },
  };
}

/** Adds up the numbers of a text, or of its standard input. */
function sumProgram(language: Language, numbers?: string): string[] {
  switch (language) {
    case 'python':
      return numbers === undefined
        ? ['import sys', '', 'print(sum(int(word) for word in sys.stdin.read().split()))']
        : [`print(sum(int(word) for word in "${numbers}".split()))`];
    case 'javascript':
    case 'typescript': {
      const words = numbers === undefined ? "require('node:fs').readFileSync(0, 'utf8')" : `'${numbers}'`;
      return [
        `const words = ${words}.split(/\\s+/).filter(Boolean);`,
        'console.log(words.map(Number).reduce((a, b) => a + b, 0));',
      ];
    }
    case 'bash':
      return numbers === undefined
        ? ['sum=0', 'for n in $(cat); do sum=$((sum + n)); done', 'echo "$sum"']
        : ['sum=0', `for n in ${numbers}; do sum=$((sum + n)); done`, 'echo "$sum"'];
    case 'sql':
      return ['SELECT 1 + 2 + 3;'];
    case 'c':
      return ['#include <stdio.h>', '', 'int main(void) {', ...C_BODY, '}'];
    case 'cpp':
      return ['#include <cstdio>', 'using std::printf, std::scanf;', '', 'int main() {', ...C_BODY, '}'];
    case 'go':
      return [
        'package main',
        '',
        'import "fmt"',
        '',
        'func main() {',
        '\tsum, n := 0, 0',
        '\tfor {',
        '\t\tif _, err := fmt.Scan(&n); err != nil {',
        '\t\t\tbreak',
        '\t\t}',
        '\t\tsum += n',
        '\t}',
        '\tfmt.Println(sum)',
        '}',
      ];
    case 'rust':
      return [
        'use std::io::Read;',
        '',
        'fn main() {',
        '    let mut text = String::new();',
        '    std::io::stdin().read_to_string(&mut text).unwrap();',
        '    println!("{}", text.split_whitespace().map(|word| word.parse::<i64>().unwrap()).sum::<i64>());',
        '}',
      ];
    case 'java':
      return [
        'import java.util.Scanner;',
        '',
        'public class Solution {',
        '    public static void main(String[] args) {',
        '        Scanner in = new Scanner(System.in);',
        '        long sum = 0;',
        '        while (in.hasNextLong()) sum += in.nextLong();',
        '        System.out.println(sum);',
        '    }',
        '}',
      ];
  }
}

const C_BODY = [
  '    long sum = 0, n;',
  '    while (scanf("%ld", &n) == 1) sum += n;',
  '    printf("%ld\\n", sum);',
  '    return 0;',
];
