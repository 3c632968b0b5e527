// What programs and test files find of Node in the box: `process`, `fs`, `readline`, `path`, `test`. Evaluated where a step needs it,
// before any submitted code. Nothing that is judged outside comes from here: a program is known by what it prints and how it exits.
(function (print, exit, files, about) {
  'use strict';
  const { stdin, args, entry } = JSON.parse(about);
  const texts = JSON.parse(files);
  const later = globalThis.setTimeout;
  const decode = (value) => (typeof value === 'string' ? value : String(value));

  function readFileSync(path, options) {
    const wanted = path === 0 || path === '/dev/stdin' ? undefined : decode(path).replace(/^(?:\.\/|\/box\/)/, '');
    const text = wanted === undefined ? stdin : texts[wanted];
    if (typeof text !== 'string') {
      const error = new Error(`ENOENT: no such file or directory, open '${decode(path)}'`);
      error.code = 'ENOENT';
      throw error;
    }
    const encoding = typeof options === 'string' ? options : options?.encoding;
    return encoding ? text : { toString: () => text, length: text.length };
  }
  const fs = {
    readFileSync,
    existsSync: (path) => typeof texts[decode(path).replace(/^\.\//, '')] === 'string',
    readdirSync: () => Object.keys(texts),
    writeFileSync: (path, text) => {
      if (path === 1 || path === '/dev/stdout') print(0, decode(text));
      else if (path === 2 || path === '/dev/stderr') print(1, decode(text));
      else texts[decode(path).replace(/^\.\//, '')] = decode(text);
    },
  };
  fs.promises = { readFile: async (path, options) => readFileSync(path, options) };

  /** Handlers by event; what is told once they had the time to be set. */
  function emitter() {
    const handlers = Object.create(null);
    const on = (event, run) => {
      (handlers[event] ??= []).push(run);
    };
    return { on, emit: (event, ...values) => (handlers[event] ?? []).slice().forEach((run) => run(...values)) };
  }

  const input = emitter();
  let isFlowing = false;
  let unread = stdin;
  const take = () => {
    const text = unread;
    unread = '';
    return text === '' ? null : text;
  };
  const flow = () => {
    if (isFlowing) return;
    isFlowing = true;
    later(() => {
      if (unread !== '') input.emit('readable');
      const text = take();
      if (text !== null) input.emit('data', text);
      input.emit('readable');
      input.emit('end');
      input.emit('close');
    }, 0);
  };
  const stdinStream = {
    fd: 0,
    isTTY: false,
    setEncoding: () => stdinStream,
    resume: () => (flow(), stdinStream),
    pause: () => stdinStream,
    read: take,
    on: (event, run) => (input.on(event, run), flow(), stdinStream),
    once: (event, run) => stdinStream.on(event, run),
    async *[Symbol.asyncIterator]() {
      const text = take();
      if (text !== null) yield text;
    },
  };

  const output = (stream) => ({
    isTTY: false,
    columns: 80,
    write: (text, ...rest) => {
      print(stream, decode(text));
      const done = rest.find((one) => typeof one === 'function');
      if (done !== undefined) later(done, 0);
      return true;
    },
    end: (text) => void (text === undefined || print(stream, decode(text))),
    on: () => undefined,
  });
  const process = {
    argv: ['node', entry, ...args],
    env: {},
    platform: 'linux',
    version: 'v24.0.0',
    versions: { node: '24.0.0' },
    exitCode: undefined,
    stdin: stdinStream,
    stdout: output(0),
    stderr: output(1),
    exit: (code) => exit(Number(code ?? process.exitCode ?? 0) & 255),
    cwd: () => '/box',
    on: () => process,
    once: () => process,
    uptime: () => 0,
    hrtime: Object.assign(() => [0, 0], { bigint: () => 0n }),
    nextTick: (run, ...values) => globalThis.queueMicrotask(() => run(...values)),
  };

  function createInterface() {
    const lines = (take() ?? '').split(/\r\n|\r|\n/);
    if (lines.at(-1) === '') lines.pop();
    const events = emitter();
    const questions = [];
    let isClosed = false;
    let isStarted = false;
    const close = () => {
      if (isClosed) return;
      isClosed = true;
      later(() => events.emit('close'), 0);
    };
    const step = () => {
      if (isClosed) return;
      if (lines.length === 0) return close();
      const answer = questions.shift();
      const line = lines.shift();
      if (answer === undefined) events.emit('line', line);
      else answer(line);
      later(step, 0);
    };
    const start = () => {
      if (isStarted) return;
      isStarted = true;
      later(step, 0);
    };
    const self = {
      on: (event, run) => (events.on(event, run), start(), self),
      once: (event, run) => self.on(event, run),
      close,
      setPrompt: () => undefined,
      prompt: () => undefined,
      question: (text, ...rest) => {
        print(0, decode(text));
        const answer = rest.at(-1);
        if (typeof answer === 'function') {
          questions.push(answer);
          start();
          return undefined;
        }
        return new Promise((resolve) => later(() => resolve(lines.shift() ?? ''), 0));
      },
      async *[Symbol.asyncIterator]() {
        while (lines.length > 0) yield lines.shift();
        close();
      },
    };
    return self;
  }
  const readline = { createInterface };
  readline.promises = { createInterface };

  const parts = (path) =>
    decode(path)
      .split('/')
      .filter((part) => part !== '' && part !== '.');
  const path = {
    sep: '/',
    join: (...all) => parts(all.join('/')).join('/'),
    resolve: (...all) => `/box/${parts(all.join('/')).join('/')}`,
    basename: (one, suffix = '') => {
      const name = parts(one).at(-1) ?? '';
      return suffix !== '' && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
    },
    dirname: (one) => parts(one).slice(0, -1).join('/') || '.',
    extname: (one) => /\.[^./]*$/.exec(decode(one))?.[0] ?? '',
  };

  const tests = [];
  const hooks = { beforeEach: [], afterEach: [], before: [], after: [] };
  let isBegun = false;
  function test(name, ...rest) {
    const run = rest.at(-1);
    if (typeof run === 'function') tests.push({ name: decode(name), run });
  }
  test.skip = test.todo = () => undefined;
  test.only = test;
  test.test = test.it = test;
  test.describe = test.suite = describe;
  function describe(_name, ...rest) {
    rest.at(-1)?.();
  }
  describe.skip = describe.todo = () => undefined;
  for (const hook of Object.keys(hooks)) test[hook] = (run) => void hooks[hook].push(run);
  const context = (name) => ({
    name,
    diagnostic: () => undefined,
    skip: () => undefined,
    test: async (inner, ...rest) => rest.at(-1)?.(context(inner)),
  });
  async function runTest(index) {
    const { name, run } = tests[index];
    if (!isBegun) for (const hook of hooks.before) await hook();
    isBegun = true;
    for (const hook of hooks.beforeEach) await hook();
    try {
      await run(context(name));
    } finally {
      for (const hook of hooks.afterEach) await hook();
    }
  }

  return {
    modules: {
      fs,
      'fs/promises': fs.promises,
      process,
      readline,
      'readline/promises': readline.promises,
      path,
      test,
    },
    globals: { process, test, it: test, describe, suite: describe, ...hooksOf() },
    exitCode: () => Number(process.exitCode ?? 0) & 255,
    testNames: () => JSON.stringify(tests.map(({ name }) => name.slice(0, 200))),
    runTest,
  };

  function hooksOf() {
    return Object.fromEntries(Object.keys(hooks).map((hook) => [hook, test[hook]]));
  }
});
