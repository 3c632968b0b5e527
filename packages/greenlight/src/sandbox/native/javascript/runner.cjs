// The steps of one job in one Node process, which is inside a box of its own: calls, assertions and test files, each in a context
// that has run nothing before. Runs under the supervisor; commands come in on descriptor 5, one frame a step goes out on 3. `HARNESS` and
// `NODE_PARTS`, put before this text, are what the wasm driver's JavaScript runs under, too.
'use strict';
const { readSync, writeSync } = require('node:fs');
const { builtinModules, createRequire, stripTypeScriptTypes } = require('node:module');
const { types } = require('node:util');
const vm = require('node:vm');

const COMMANDS = 5;
const BELL = 6;
const RESULTS = 3;
const TEST_FILE = '<test>';
const CONTEXTS_AHEAD = 5;
const SUFFIXES = ['', '.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.json', '/index.js', '/index.ts'];
const MOST_TURNS_WITHOUT_WORK = 2;

const nodeRequire = createRequire('/box/');
const { parse, stringify } = JSON;
const { immediate, resourcesInUse } = {
  immediate: setImmediate,
  resourcesInUse: process.getActiveResourcesInfo.bind(process),
};
const harnessScript = new vm.Script(HARNESS, { filename: '<harness>' });
const nodePartsScript = new vm.Script(NODE_PARTS, { filename: '<node>' });
const READY = stringify({ ready: true });
const ABOUT_NOTHING = stringify({ stdin: '', args: [], entry: '' });
const MOST_TESTS = 1000;
const OUTSIDE = { object: Object.prototype, error: Error.prototype };
/** What Node's own scripts find as globals and the language itself does not have. */
const GLOBALS = [
  'AbortController',
  'AbortSignal',
  'Buffer',
  'Event',
  'EventTarget',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'URLSearchParams',
  'atob',
  'btoa',
  'performance',
  'process',
  'structuredClone',
];

const environment = process.env;
const variables = { ...environment };
const ownOfProcess = new Set(Reflect.ownKeys(process));

let files = {};
let job = { files, entry: '' };
/** The job as it was read with its files, for the first of its steps. */
let taken;
/** Whether the job's files have been found to compile: before its first step, whatever that is. */
let isChecked = false;

class Ended extends Error {
  constructor(frame) {
    super('ended');
    this.frame = frame;
  }
}

/** A context with the harness in it, made ahead. What it does for a submission is bound when a step takes it. */
function makeStage() {
  const context = vm.createContext({}, { name: 'box' });
  const stage = { context, harness: undefined, run: undefined };
  const print = (stream, text) => void writeSync(stream === 1 ? 2 : 1, text);
  const read = (folder, wanted) => readModule(stage, folder, wanted);
  stage.harness = harnessScript.runInContext(context)(print, read, OUTSIDE);
  for (const name of GLOBALS) define(context, name, globalThis[name]);
  return stage;
}

function define(context, name, value) {
  Object.defineProperty(context, name, { value, writable: true, enumerable: false, configurable: true });
}

/** Answers the harness's `require`: a file of the job, else a module of Node's own. */
function readModule(stage, folder, wanted) {
  const path = resolvePath(folder, wanted);
  if (path !== undefined) {
    const source = scriptOf(path);
    const evaluate = () =>
      new vm.Script(`(function (exports, require, module) {${source}\n})`, { filename: path }).runInContext(
        stage.context,
      );
    return { path, source, evaluate };
  }
  const module = builtin(stage, wanted);
  if (module === undefined) return undefined;
  const evaluate = () => (_exports, _require, target) => {
    target.exports = module;
  };
  return { path: `<${wanted}>`, source: '', evaluate };
}

function builtin(stage, wanted) {
  const name = wanted.replace(/^node:/, '');
  if (wanted === 'node:test') return nodePartsOf(stage).modules.test;
  return builtinModules.includes(name) ? nodeRequire(`node:${name}`) : undefined;
}

function resolvePath(folder, wanted) {
  if (!wanted.startsWith('./') && !wanted.startsWith('../')) return undefined;
  const parts = folder.split('/').filter((part) => part !== '');
  for (const part of wanted.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  const path = parts.join('/');
  // TypeScript names a file by what it becomes.
  const original = path.replace(/\.([cm]?)js$/, '.$1ts');
  const candidates = [...SUFFIXES.map((suffix) => path + suffix), original];
  return candidates.find((candidate) => Object.hasOwn(job.files, candidate));
}

const folderOf = (path) => path.slice(0, path.lastIndexOf('/') + 1);
const isTypeScript = (path) => /\.[cm]?ts$/.test(path);
const looksLikeModule = (source) => /^[ \t]*(?:import\b[^(.]|export\b)/m.test(source);

/** A file as JavaScript. Stripping keeps every line and column; what it cannot strip (enums) is transformed, and moves. */
function scriptOf(path) {
  const source = job.files[path];
  if (!isTypeScript(path)) return source;
  job.scripts ??= new Map();
  const known = job.scripts.get(path);
  if (known !== undefined) return known;
  const script = withoutTypes(source, path);
  job.scripts.set(path, script);
  return script;
}

function withoutTypes(source, path) {
  let failure;
  for (const mode of ['strip', 'transform']) {
    try {
      return stripTypeScriptTypes(source, { mode });
    } catch (error) {
      failure = error;
      if (error.code !== 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') break;
    }
  }
  throw new BrokenSource(describeSyntax(failure, path));
}

/** A source that cannot be compiled: of the job a syntax error, of a test an error that is raised. */
class BrokenSource extends Error {
  constructor(details) {
    super(details.message);
    this.details = details;
  }
}

/** The first syntax error of the job's files, the entry file first, as the frame that tells it; nothing of them runs. */
function check() {
  const paths = Object.keys(job.files).sort((left, right) => Number(right === job.entry) - Number(left === job.entry));
  for (const path of paths) {
    if (path !== job.entry && !/\.[cm]?[jt]s$/.test(path)) continue;
    try {
      compile(scriptOf(path), path);
    } catch (error) {
      if (error instanceof BrokenSource) return { syntax: error.details };
      if (error instanceof SyntaxError || error?.name === 'SyntaxError') return { syntax: describeSyntax(error, path) };
    }
  }
  return undefined;
}

function compile(source, path) {
  return looksLikeModule(source)
    ? new vm.SourceTextModule(source, { identifier: path, context: checkContext() })
    : new vm.Script(source, { filename: path });
}

let contextToCheck;
function checkContext() {
  contextToCheck ??= vm.createContext({});
  return contextToCheck;
}

/** Both V8 and the stripper of types write `file:line`, some source and a caret under the column before the error. */
function describeSyntax(error, path) {
  const head = String(error.stack).split('\n');
  const line = Number(/:(\d+)$/.exec(head[0] ?? '')?.[1] ?? 0);
  const column = (head.find((one) => /^\s*\^+\s*$/.test(one))?.indexOf('^') ?? -1) + 1;
  const place = { ...(line ? { line } : {}), ...(column ? { column } : {}) };
  return { type: 'SyntaxError', message: error.message, file: path, ...place };
}

/** The innermost frame in one of the job's files, else in the test. */
function placeIn(stack) {
  let inTest;
  for (const entry of stack.split('\n')) {
    const match = /(?:\(|at (?:async )?)([^()]+?):(\d+):(\d+)\)?\s*$/.exec(entry);
    if (match === null) continue;
    const [, file, line, column] = match;
    if (file !== job.testPath && Object.hasOwn(job.files, file))
      return { file, line: Number(line), column: Number(column) };
    if (file === TEST_FILE || file === job.testPath) inTest ??= { file, line: Number(line) };
  }
  return inTest ?? {};
}

/** A syntax error of code that was compiled while it ran; reading a stranger's error may throw. */
function syntaxIn(error) {
  try {
    if (!types.isNativeError(error) || error.name !== 'SyntaxError') return undefined;
    const first = String(error.stack).split('\n')[0];
    return /^\S+:\d+$/.test(first) ? describeSyntax(error, first.replace(/:\d+$/, '')) : undefined;
  } catch {
    return undefined;
  }
}

function detailsOf(stage, error) {
  const syntax = syntaxIn(error);
  if (syntax !== undefined) return syntax;
  const { type, message, stack } = parse(stage.harness.describe(error));
  return { type, message, ...placeIn(stack) };
}

/** A promise's value once all that it waits for has happened; timers run in virtual time, in order. */
async function settle(stage, value) {
  if (!types.isPromise(value) && typeof value?.then !== 'function') return value;
  let state;
  Promise.resolve(value).then(
    (held) => (state = { held }),
    (error) => (state = { error }),
  );
  for (let idle = 0; state === undefined; ) {
    await new Promise((resolve) => immediate(resolve));
    if (state !== undefined) break;
    if (stage.harness.runTimer()) idle = 0;
    else if (resourcesInUse().some((name) => name !== 'Immediate')) idle = 0;
    else idle += 1;
    if (idle > MOST_TURNS_WITHOUT_WORK)
      throw new Ended({ raised: { type: 'Error', message: 'the promise is never settled' } });
  }
  if ('error' in state) throw state.error;
  return state.held;
}

/** Evaluates a file as what it looks like. @returns the exports of a module */
async function evaluate(stage, path, source) {
  if (!looksLikeModule(source)) {
    new vm.Script(source, { filename: path }).runInContext(stage.context);
    return undefined;
  }
  const module = moduleOf(stage, path, source);
  await module.link((wanted, from) => link(stage, wanted, from));
  await settle(stage, module.evaluate());
  return module.namespace;
}

function moduleOf(stage, path, source) {
  stage.modules ??= new Map();
  const known = stage.modules.get(path);
  if (known !== undefined) return known;
  const module = new vm.SourceTextModule(source, { identifier: path, context: stage.context });
  stage.modules.set(path, module);
  return module;
}

function link(stage, wanted, from) {
  const path = resolvePath(folderOf(from.identifier), wanted);
  if (path !== undefined && looksLikeModule(scriptOf(path))) return moduleOf(stage, path, scriptOf(path));
  const exports = stage.required(path === undefined ? wanted : `./${path}`);
  const names = Object.keys(exports).filter((name) => name !== 'default');
  return new vm.SyntheticModule(
    ['default', ...names],
    function () {
      this.setExport('default', exports);
      for (const name of names) this.setExport(name, exports[name]);
    },
    { context: stage.context },
  );
}

function functionOf(stage, name, exports, source) {
  const { harness, context } = stage;
  const lookUp = (wanted) => {
    if (exports !== undefined) return exports[wanted];
    if (/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(wanted)) {
      const found = vm.runInContext(`typeof ${wanted} === 'undefined' ? undefined : ${wanted}`, context);
      if (found !== undefined) return found;
    }
    return harness.exported(wanted, false);
  };
  if (name !== undefined && name !== null) {
    const found = lookUp(name);
    if (found === undefined) throw missing(`the function "${name}" is not defined`, 'ReferenceError');
    if (typeof found !== 'function') throw missing(`"${name}" is not a function`, 'TypeError');
    return found;
  }
  const given = harness.exported(undefined, true);
  if (exports === undefined && typeof given === 'function') return given;
  const listed = harness.names(exports);
  const candidates = listed === '' ? (exports === undefined ? topLevelNames(source) : []) : listed.split(',');
  const found = candidates.filter((candidate) => typeof lookUp(candidate) === 'function');
  if (found.length === 1) return lookUp(found[0]);
  if (found.length === 0) throw missing('the entry file defines no function', 'ReferenceError');
  const names = found.slice(0, 10).join(', ');
  throw missing(`the entry file defines several functions, name the one to call: ${names}`, 'ReferenceError');
}

function topLevelNames(source) {
  const pattern =
    /^(?:(?:async\s{1,20})?function\s{0,20}\*?\s{0,20}([\p{ID_Start}$_][\p{ID_Continue}$]*)|(?:const|let|var)\s{1,20}([\p{ID_Start}$_][\p{ID_Continue}$]*)\s{0,20}=)/gmu;
  const names = Array.from(source.matchAll(pattern), (match) => match[1] ?? match[2] ?? '');
  return [...new Set(names)].slice(0, 200);
}

function missing(message, type) {
  return new Ended({ raised: { type, message } });
}

/** `test` as `node:test` has it, as far as exercises use it: the wasm driver's, made in the step's own context. */
function nodePartsOf(stage) {
  stage.node ??= nodePartsScript.runInContext(stage.context)(
    () => undefined,
    () => undefined,
    '{}',
    ABOUT_NOTHING,
  );
  return stage.node;
}

async function runTestFile(stage, command) {
  const node = nodePartsOf(stage);
  const { process: _own, ...globals } = node.globals;
  stage.harness.installAssert();
  for (const [name, value] of Object.entries(globals)) define(stage.context, name, value);
  const exports = await evaluate(stage, job.entry, scriptOf(job.entry));
  if (exports !== undefined) stage.harness.spread(exports);
  const source = scriptOf(command.path);
  if (looksLikeModule(source)) await evaluate(stage, command.path, source);
  else {
    // A function of its own, on the file's first line: its names do not clash with the submission's, and it may await.
    const body = new vm.Script(`(async (require) => {${source}\n})`, { filename: command.path });
    await settle(stage, stage.harness.callWithRequire(body.runInContext(stage.context), command.path));
  }
  const told = [];
  for (const [index, name] of parse(node.testNames()).slice(0, MOST_TESTS).entries()) {
    if (command.only !== null && name !== command.only) continue;
    try {
      await settle(stage, node.runTest(index));
      told.push({ name, passed: true });
    } catch (error) {
      told.push({ name, passed: false, error: error instanceof Ended ? error.frame.raised : detailsOf(stage, error) });
    }
  }
  return stringify({ tested: told });
}

async function perform(stage, command) {
  const { harness } = stage;
  const source = scriptOf(job.entry);
  harness.install(job.entry);
  stage.required = vm.runInContext('require', stage.context);
  if (command.step === 'test-file') return runTestFile(stage, command);
  if (command.step === 'assertion') harness.installAssert();
  const exports = await evaluate(stage, job.entry, source);
  if (command.step === 'assertion') {
    if (exports !== undefined) harness.spread(exports);
    const wrapped = `(async () => {${command.code}\n})()`;
    const code = isTypeScript(job.entry) ? withoutTypes(wrapped, TEST_FILE) : wrapped;
    await settle(stage, new vm.Script(code, { filename: TEST_FILE }).runInContext(stage.context));
    return '{"returned":["u"]}';
  }
  const target = functionOf(stage, command.function, exports, source);
  const result = harness.call(target, harness.argument(stringify(command.values)), command.by);
  return `{"returned":${harness.encode(await settle(stage, result))}}`;
}

/** Contexts have one `process` in common: what a step has set there is not the next one's. */
function forgetSettings() {
  process.env = environment;
  for (const name of Object.keys(environment)) if (!Object.hasOwn(variables, name)) delete environment[name];
  Object.assign(environment, variables);
  for (const name of Reflect.ownKeys(process)) if (!ownOfProcess.has(name)) delete process[name];
  process.exitCode = undefined;
}

async function answer(command, stage) {
  try {
    forgetSettings();
    if (!isChecked) {
      const broken = check();
      if (broken !== undefined) return stringify(broken);
      isChecked = true;
    }
    if (command.step === 'check') return READY;
    if (command.step === 'test-file') {
      job.files = { ...files, [command.path]: command.source };
      job.testPath = command.path;
      job.scripts?.delete(command.path);
    }
    return await perform(stage, command);
  } catch (error) {
    if (error instanceof Ended) return stringify(error.frame);
    if (error instanceof BrokenSource) return stringify({ raised: error.details });
    return stringify({ raised: detailsOf(stage, error) });
  }
}

const pending = [];
let unread = Buffer.alloc(0);
const rung = Buffer.alloc(8);
function nextLine() {
  for (;;) {
    const end = unread.indexOf(10);
    if (end >= 0) {
      const line = unread.toString('utf8', 0, end);
      unread = unread.subarray(end + 1);
      return line;
    }
    // The bell is rung for every message, and wakes this process on a core of its own (`python/stage.py`).
    if (unread.length === 0) readSync(BELL, rung);
    const part = Buffer.alloc(65536);
    const count = readSync(COMMANDS, part);
    if (count === 0) process.exit(0);
    unread = Buffer.concat([unread, part.subarray(0, count)]);
  }
}

/** A job's files, which are compiled before its first step comes. What is wrong with them is for that to tell. */
function take(told) {
  files = told.files;
  job = { files, entry: told.entry };
  taken = job;
  isChecked = false;
  try {
    isChecked = check() === undefined;
  } catch {
    // Said above.
  }
}

async function serve() {
  const exit = process.exit.bind(process);
  // A promise that nobody catches is the step's own affair: it fails by what it returns.
  process.on('unhandledRejection', () => undefined);
  process.on('uncaughtException', (error) => {
    writeSync(2, `${error?.stack ?? error}\n`);
    exit(1);
  });
  while (pending.length < CONTEXTS_AHEAD) pending.push(makeStage());
  // It is in a module of its own, which takes as long to start as the rest.
  if (WARM_TYPESCRIPT) withoutTypes('const n: number = 1', 'warm-up.ts');
  writeSync(RESULTS, '{"ready":true}\n');
  for (;;) {
    const line = nextLine();
    if (line.startsWith('{')) {
      take(parse(line));
      continue;
    }
    const end = line.indexOf(' ');
    const word = line.slice(0, end);
    const command = parse(line.slice(end + 1));
    job = taken ?? { files, entry: command.entry };
    taken = undefined;
    // A rehearsal leaves what was made ahead for the job.
    const ahead = command.rehearses === true ? undefined : pending.shift();
    const stage = command.step === 'check' ? undefined : (ahead ?? makeStage());
    const frame = await answer(command, stage);
    writeSync(RESULTS, `${word} ${frame}\n`);
  }
}

void serve();
