import { describe, expect, it } from 'vitest';
import { placeIn, programError } from '../../../../src/sandbox/wasm/javascript/errors.ts';
import {
  folderOf,
  isIdentifier,
  looksLikeModule,
  resolvePath,
  topLevelNames,
} from '../../../../src/sandbox/wasm/javascript/sources.ts';

const FILES = { 'a.js': '', 'lib/b.js': '', 'lib/c/index.js': '', 'lib/d.json': '' };

describe('the files of a JavaScript submission', () => {
  it.each([
    ['', './a', 'a.js'],
    ['lib/', '../a.js', 'a.js'],
    ['lib/', './b', 'lib/b.js'],
    ['', './lib/c', 'lib/c/index.js'],
    ['', './lib/d', 'lib/d.json'],
    ['', '../a.js', undefined],
    ['', 'a.js', undefined],
    ['', '/a.js', undefined],
    ['', './constructor', undefined],
  ])('from "%s" the specifier "%s" is %s', (folder, specifier, path) => {
    expect(resolvePath(FILES, folder, specifier)).toBe(path);
  });

  it('a module is told by its import and export lines', () => {
    expect(looksLikeModule("import a from './a.js'")).toBe(true);
    expect(looksLikeModule('const a = 1\n  export { a }')).toBe(true);
    expect(looksLikeModule("const a = import('./a.js')\nimport('./b.js')")).toBe(false);
    expect(looksLikeModule('const exported = 1')).toBe(false);
  });

  it('the names of the top level are those at the start of a line', () => {
    const source =
      'async function a() {\n  function inner() {}\n}\nconst b = 1, c = 2\nlet d\nvar é = () => 1\nfunction* g() {}';
    expect(topLevelNames(source)).toEqual(['a', 'b', 'é', 'g']);
  });

  it('a name that is no identifier is none', () => {
    expect(['a', '$_1', 'é'].every(isIdentifier)).toBe(true);
    expect(['', '1a', 'a.b', 'a)', 'a;b'].some(isIdentifier)).toBe(false);
    expect([folderOf('a/b/c.js'), folderOf('c.js')]).toEqual(['a/b/', '']);
  });
});

describe('the place of a JavaScript error', () => {
  it('is the innermost line of the submission, else the test’s', () => {
    const stack =
      '    at encode (<harness>:3:4)\n    at g (lib/b.js:7:9)\n    at f (a.js:1:2)\n    at <eval> (<test>:1:5)\n';
    expect(placeIn(stack, Object.keys(FILES))).toEqual({ file: 'lib/b.js', line: 7, column: 9 });
    expect(placeIn(stack, [])).toEqual({ file: '<test>', line: 1 });
    expect(placeIn('    at a.js:2:10\n', ['a.js'])).toEqual({ file: 'a.js', line: 2, column: 10 });
    expect(placeIn('nothing', ['a.js'])).toBeUndefined();
  });

  it('a description that is no object is an error without words', () => {
    expect(programError('1', [])).toEqual({ type: 'Error', message: '' });
  });
});
