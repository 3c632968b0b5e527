/** Modules of Node that a submission may import, as ES modules around what `require` gives of them. */

const ASSERTIONS = [
  'ok',
  'equal',
  'notEqual',
  'strictEqual',
  'notStrictEqual',
  'deepEqual',
  'deepStrictEqual',
  'notDeepEqual',
  'notDeepStrictEqual',
  'match',
  'fail',
  'throws',
  'doesNotThrow',
  'rejects',
  'AssertionError',
  'strict',
];

const EXPORTS: { readonly [name: string]: readonly string[] } = {
  assert: ASSERTIONS,
  'assert/strict': ASSERTIONS,
  fs: ['readFileSync', 'existsSync', 'readdirSync', 'writeFileSync', 'promises'],
  'fs/promises': ['readFile'],
  process: ['argv', 'env', 'exit', 'stdin', 'stdout', 'stderr', 'cwd', 'nextTick'],
  readline: ['createInterface', 'promises'],
  'readline/promises': ['createInterface'],
  path: ['join', 'resolve', 'basename', 'dirname', 'extname', 'sep'],
  test: ['test', 'it', 'describe', 'suite', 'before', 'after', 'beforeEach', 'afterEach'],
};

/** The source of such a module; undefined for any other name. */
export function nodeModuleSource(specifier: string): string | undefined {
  const name = specifier.replace(/^node:/, '');
  const names = Object.hasOwn(EXPORTS, name) ? EXPORTS[name] : undefined;
  // `test` is Node's only under its full name.
  if (names === undefined || specifier === 'test') return undefined;
  return `const module = globalThis.require(${JSON.stringify(`node:${name}`)});
export default module;
export const { ${names.join(', ')} } = module;`;
}
