/** Every regular expression of the package: the literals in its sources and those put together from words. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { RULES } from '../src/injection/rules.ts';
import { TERMINAL } from '../src/pii/plain-text.ts';
import { BEGINNING, shapesBeginningWith } from '../src/pii/secret-shapes.ts';

export interface Pattern {
  /** Where it stands. */
  readonly place: string;
  readonly source: string;
  readonly flags: string;
}

const SOURCES = join(import.meta.dirname, '..', 'src');

export function allPatterns(): Pattern[] {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return [...files.flatMap(literalsIn), ...composed()];
}

/** True when each quantifier has an upper bound. */
export function isBounded(source: string): boolean {
  const bare = source.replaceAll(/\\./g, 'x').replaceAll(/\[[^\]]*\]/g, 'c');
  return !/[*+]|\{\d+,\}/.test(bare);
}

function literalsIn(name: string): Pattern[] {
  const file = ts.createSourceFile(name, readFileSync(join(SOURCES, name), 'utf8'), ts.ScriptTarget.Latest, true);
  const found: Pattern[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      found.push({ place: `${name}:${line + 1}`, source: node.text.slice(1, end), flags: node.text.slice(end + 1) });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function composed(): Pattern[] {
  const shapes = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0').flatMap(shapesBeginningWith);
  const all = [
    ...RULES.map(({ pattern }) => pattern),
    ...new Set(shapes.map(({ pattern }) => pattern)),
    BEGINNING,
    TERMINAL,
  ];
  return all.map(({ source, flags }) => ({ place: 'composed', source, flags }));
}
