/** Results as JUnit XML, which CI systems read: a suite for each atom, a case for each test. */
import type { AtomResult, TestResult } from '../contract/atom-result.ts';

/** Characters that XML 1.0 cannot hold, not even escaped (section 2.2 of the recommendation). */
const NOT_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const ENTITIES: { readonly [sign: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function toJUnit(results: readonly AtomResult[]): string {
  const suites = results.map(suite);
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', ''].join('\n');
}

function suite(result: AtomResult): string {
  const failed = result.test_results.filter(({ passed }) => !passed).length;
  const head = attributes({
    name: result.atom_id,
    tests: result.tests_total,
    failures: failed,
    time: seconds(result.execution_time_ms),
  });
  const output = result.stdout === '' ? [] : [`    <system-out>${escaped(result.stdout)}</system-out>`];
  const errors = result.stderr === '' ? [] : [`    <system-err>${escaped(result.stderr)}</system-err>`];
  const cases = result.test_results.map((test) => testCase(test, result));
  return [`  <testsuite${head}>`, ...cases, ...output, ...errors, '  </testsuite>'].join('\n');
}

function testCase(test: TestResult, { atom_id: classname, error_class: type }: AtomResult): string {
  const head = attributes({ name: test.name, classname, time: seconds(test.duration_ms) });
  if (test.passed) return `    <testcase${head}/>`;
  const message = test.hidden ? 'hidden' : (test.message ?? '');
  const failure = attributes({ message, type: type ?? 'logic' });
  return `    <testcase${head}>\n      <failure${failure}/>\n    </testcase>`;
}

function attributes(values: { readonly [name: string]: string | number }): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value)).replaceAll('\n', '&#10;')}"`)
    .join('');
}

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(NOT_XML, '\uFFFD')
    .replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
