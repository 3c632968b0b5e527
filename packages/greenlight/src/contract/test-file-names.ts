/**
 * The tests that a file of tests seems to hold, read from its text alone: so the number of results is known before anything
 * runs, and a test that the box does not answer is a failed one. The names are those that the box answers.
 */
import type { Language } from '../sandbox/port.ts';

const MOST_NAMES = 200;
/** So much of a line is looked at, characters. Blanks in the patterns are bounded, as lines may consist of them. */
const LONGEST_LINE = 500;

const PYTHON_FUNCTION = /^(\s*)(?:async\s{1,20})?def\s{1,20}(test\w*)\s{0,20}\(/;
const PYTHON_CLASS = /^class\s{1,20}(\w+)\s{0,20}(\([^)]*\))?\s{0,20}:/;
const SCRIPT_TEST =
  /^\s*(?:await\s{1,20})?(?:test|it)\s{0,20}\(\s{0,20}(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\$]|\\.)*)`)/;

/** In the file's order, each once; empty where none can be told. */
export function namesInTestFile(source: string, language: Language): string[] {
  const names = language === 'python' ? pythonNames(source) : scriptNames(source);
  return [...new Set(names)].slice(0, MOST_NAMES);
}

function pythonNames(source: string): string[] {
  const names: string[] = [];
  /** The class that a line is in, where its tests are run. */
  let inside: { readonly name: string } | undefined;
  for (const line of linesOf(source)) {
    const [, className, bases = ''] = PYTHON_CLASS.exec(line) ?? [];
    if (className !== undefined) {
      inside = className.startsWith('Test') || /TestCase\b/.test(bases) ? { name: className } : undefined;
      continue;
    }
    const [, indent, name] = PYTHON_FUNCTION.exec(line) ?? [];
    if (name !== undefined && indent === '') names.push(name);
    else if (name !== undefined && inside !== undefined) names.push(`${inside.name}.${name}`);
    if (/^[^\s#)\]}]/.test(line)) inside = undefined;
  }
  return names;
}

function scriptNames(source: string): string[] {
  return linesOf(source).flatMap((line) => {
    const [, single, double, template] = SCRIPT_TEST.exec(line) ?? [];
    const name = single ?? double ?? template;
    return name === undefined ? [] : [name.replaceAll(/\\(.)/g, '$1')];
  });
}

function linesOf(source: string): string[] {
  return source.split('\n').map((line) => line.slice(0, LONGEST_LINE));
}
