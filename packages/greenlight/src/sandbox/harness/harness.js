// Evaluated in the box before any submitted code; its value is held by the host alone. It keeps the intrinsics it needs,
// so that a submission which patches them does not reach what encodes its results. It judges nothing: it answers values.
(function (print, readFile, outside) {
  'use strict';
  const MAX_DEPTH = 64;
  const MAX_NODES = 50000;
  const MAX_TEXT = 2000000;
  const MAX_INTEGER_BITS = 400000n;
  const MAX_OPAQUE_TEXT = 200;
  const MAX_MESSAGE = 2000;

  const globals = globalThis;
  const apply = Reflect.apply;
  const method = (prototype, name) => {
    const own = prototype[name];
    return (self, ...rest) => apply(own, self, rest);
  };
  const getter = (prototype, name) => {
    const own = Reflect.get(Object.getOwnPropertyDescriptor(prototype, name), 'get');
    return (self) => apply(own, self, []);
  };
  const { isArray } = Array;
  const { getPrototypeOf, keys: keysOf, is: same, create } = Object;
  const ownDescriptor = Object.getOwnPropertyDescriptor;
  const define = Object.defineProperty;
  const quote = JSON.stringify;
  const { parse } = JSON;
  const asString = String;
  const asNumber = Number;
  const isFinite = Number.isFinite;
  const slice = method(String.prototype, 'slice');
  const indexOf = method(String.prototype, 'indexOf');
  const search = method(RegExp.prototype, 'exec');
  const match = (text, pattern) => search(pattern, text);
  const includes = method(Array.prototype, 'includes');
  const join = method(Array.prototype, 'join');
  const integerText = method(BigInt.prototype, 'toString');
  const numberText = method(Number.prototype, 'toString');
  const eachOfMap = method(Map.prototype, 'forEach');
  const sizeOfMap = getter(Map.prototype, 'size');
  const eachOfSet = method(Set.prototype, 'forEach');
  const sizeOfSet = getter(Set.prototype, 'size');
  const bytePrototype = getPrototypeOf(Uint8Array.prototype);
  const kindOfBytes = getter(bytePrototype, Symbol.toStringTag);
  const lengthOfBytes = getter(bytePrototype, 'length');
  const timeOf = method(Date.prototype, 'getTime');
  const functionText = method(Function.prototype, 'toString');
  const then = method(Promise.prototype, 'then');
  const resolved = Promise.resolve();
  const objectPrototype = Object.prototype;
  const errorPrototype = Error.prototype;
  // Where the engine's own modules live in another realm (Node), their objects and errors count as this one's.
  const outsideObject = outside === undefined ? objectPrototype : outside.object;
  const outsideError = outside === undefined ? errorPrototype : outside.error;
  const isPrototypeOf = method(Object.prototype, 'isPrototypeOf');
  const isError = (value) => isPrototypeOf(errorPrototype, value) || isPrototypeOf(outsideError, value);
  const TypeErrorOf = TypeError;
  const ErrorOf = Error;

  /** Adds to an array of the harness's own, past any setter or descriptor field that a prototype was given. */
  function push(items, item) {
    define(items, items.length, { __proto__: null, value: item, writable: true, enumerable: true, configurable: true });
  }

  /** Like forEach, but not by way of an iterator or a prototype that a submission can patch. */
  function each(items, run) {
    for (let index = 0; index < items.length; index += 1) run(items[index]);
  }

  function put(name, value) {
    define(globals, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
  }

  function brand(test) {
    return (value) => {
      try {
        test(value);
        return true;
      } catch {
        return false;
      }
    };
  }
  const isMap = brand(sizeOfMap);
  const isSet = brand(sizeOfSet);
  const isDate = brand(timeOf);

  /** A value as tagged JSON, under a budget of nodes, depth and characters. */
  function encode(root) {
    let nodes = 0;
    let characters = 0;
    const tooLarge = create(null);

    function text(value) {
      characters += value.length;
      if (characters > MAX_TEXT) throw tooLarge;
      return quote(value);
    }

    function number(value) {
      if (isFinite(value)) return same(value, -0) ? '["f","-0"]' : '["f",' + numberText(value) + ']';
      return '["f","' + numberText(value) + '"]';
    }

    function integer(value) {
      const magnitude = value < 0n ? -value : value;
      if (magnitude >> MAX_INTEGER_BITS !== 0n) throw tooLarge;
      return '["i","' + integerText(value, 16) + '"]';
    }

    function listed(tag, items) {
      return '["' + tag + '",[' + join(items, ',') + ']]';
    }

    function bytes(value) {
      const length = lengthOfBytes(value);
      if (length * 2 > MAX_TEXT) throw tooLarge;
      let hex = '';
      for (let index = 0; index < length; index += 1)
        hex += (value[index] < 16 ? '0' : '') + numberText(value[index], 16);
      return '["y",' + text(hex) + ']';
    }

    function object(value, depth) {
      if (isArray(value)) {
        const items = [];
        const { length } = value;
        if (length > MAX_NODES) throw tooLarge;
        for (let index = 0; index < length; index += 1) push(items, node(value[index], depth + 1));
        return listed('l', items);
      }
      if (isMap(value)) {
        const entries = [];
        if (sizeOfMap(value) > MAX_NODES) throw tooLarge;
        eachOfMap(value, (item, key) => push(entries, '[' + node(key, depth + 1) + ',' + node(item, depth + 1) + ']'));
        return listed('m', entries);
      }
      if (isSet(value)) {
        const items = [];
        if (sizeOfSet(value) > MAX_NODES) throw tooLarge;
        eachOfSet(value, (item) => push(items, node(item, depth + 1)));
        return listed('e', items);
      }
      if (kindOfBytes(value) === 'Uint8Array') return bytes(value);
      const prototype = getPrototypeOf(value);
      if (prototype !== null && prototype !== objectPrototype && prototype !== outsideObject) return opaque(value);
      const names = keysOf(value);
      if (names.length > MAX_NODES) throw tooLarge;
      const entries = [];
      for (let index = 0; index < names.length; index += 1) {
        push(entries, '[["s",' + text(names[index]) + '],' + node(value[names[index]], depth + 1) + ']');
      }
      return listed('m', entries);
    }

    function opaque(value) {
      let shown = '(it could not be printed)';
      try {
        shown = slice(show(value), 0, MAX_OPAQUE_TEXT);
      } catch {
        // What its own code throws when it is read says nothing about the call.
      }
      return '["o",' + text(nameOf(value)) + ',' + text(shown) + ']';
    }

    function node(value, depth) {
      nodes += 1;
      if (nodes > MAX_NODES) throw tooLarge;
      if (value === null) return '["z"]';
      switch (typeof value) {
        case 'undefined':
          return '["u"]';
        case 'boolean':
          return value ? '["b",true]' : '["b",false]';
        case 'number':
          return number(value);
        case 'bigint':
          return integer(value);
        case 'string':
          return '["s",' + text(value) + ']';
        case 'object':
          return depth > MAX_DEPTH ? opaque(value) : object(value, depth);
        case 'function':
        case 'symbol':
          return opaque(value);
        default:
          throw tooLarge;
      }
    }

    try {
      return node(root, 0);
    } catch (error) {
      if (error !== tooLarge) throw error;
      return '["o",' + quote(slice(nameOf(root), 0, MAX_OPAQUE_TEXT)) + ',"(too large to be compared)"]';
    }
  }

  /** The name of a value's class, or of its type. */
  function nameOf(value) {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return typeof value;
    if (typeof value === 'function') return 'Function';
    const prototype = getPrototypeOf(value);
    const made = prototype === null ? undefined : ownDescriptor(prototype, 'constructor');
    const named =
      made === undefined || typeof made.value !== 'function' ? undefined : ownDescriptor(made.value, 'name');
    return named !== undefined && typeof named.value === 'string' ? slice(named.value, 0, MAX_OPAQUE_TEXT) : 'Object';
  }

  /** A value as console.log and messages print it. */
  function show(value, depth = 0, seen = []) {
    switch (typeof value) {
      case 'string':
        return depth === 0 ? value : quote(value);
      case 'number':
        return same(value, -0) ? '-0' : asString(value);
      case 'bigint':
        return integerText(value) + 'n';
      case 'function':
        return '[Function ' + slice(asString(value.name || '(anonymous)'), 0, 60) + ']';
      case 'object':
        return value === null ? 'null' : showObject(value, depth, seen);
      case 'boolean':
      case 'symbol':
      case 'undefined':
        return asString(value);
      default:
        return '';
    }
  }

  function showObject(value, depth, seen) {
    for (let index = 0; index < seen.length; index += 1) if (seen[index] === value) return '[Circular]';
    if (isError(value)) return asString(value.name) + ': ' + asString(value.message);
    if (isDate(value)) return asString(value);
    if (depth > 4) return isArray(value) ? '[Array]' : '[Object]';
    const inside = [];
    for (let index = 0; index < seen.length; index += 1) push(inside, seen[index]);
    push(inside, value);
    const parts = [];
    const add = (part) => parts.length < 100 && push(parts, part);
    if (isArray(value)) {
      for (let index = 0; index < value.length && index < 101; index += 1) add(show(value[index], depth + 1, inside));
      return parts.length === 0 ? '[]' : '[ ' + join(parts, ', ') + ' ]';
    }
    if (isMap(value))
      eachOfMap(value, (item, key) => add(show(key, depth + 1, inside) + ' => ' + show(item, depth + 1, inside)));
    else if (isSet(value)) eachOfSet(value, (item) => add(show(item, depth + 1, inside)));
    else each(keysOf(value), (key) => add(key + ': ' + show(value[key], depth + 1, inside)));
    const name = nameOf(value);
    const size = isMap(value) ? '(' + sizeOfMap(value) + ')' : isSet(value) ? '(' + sizeOfSet(value) + ')' : '';
    const label = name === 'Object' ? '' : name + size + ' ';
    return parts.length === 0 ? label + '{}' : label + '{ ' + join(parts, ', ') + ' }';
  }

  function describe(error) {
    let type = 'Error';
    let message = '';
    let stack = '';
    try {
      if (typeof error === 'object' && error !== null && isError(error)) {
        type = asString(error.name);
        message = asString(error.message);
        stack = asString(error.stack);
      } else {
        type = typeof error === 'object' ? nameOf(error) : typeof error;
        message = show(error);
      }
    } catch {
      message = '(its message could not be read)';
    }
    return (
      '{"type":' +
      quote(slice(type, 0, 200)) +
      ',"message":' +
      quote(slice(message, 0, MAX_MESSAGE)) +
      ',"stack":' +
      quote(slice(stack, 0, 8000)) +
      '}'
    );
  }

  /** The parameter names of a function's text; a destructured parameter stays as it is written. */
  function parametersOf(text) {
    const arrow = match(text, /^(?:async\s+)?([\w$]+)\s*=>/);
    if (arrow !== null) return [arrow[1]];
    const names = [];
    let depth = 0;
    let current = '';
    for (let index = indexOf(text, '('); index >= 0 && index < text.length; index += 1) {
      const sign = text[index];
      if (sign === '(' || sign === '[' || sign === '{') depth += 1;
      if (sign === ')' || sign === ']' || sign === '}') depth -= 1;
      if (depth === 0 || (depth === 1 && sign === ',')) {
        const name = match(current, /^\s*(?:\.\.\.)?([\w$]+|\{[^]*)/);
        if (name !== null) push(names, name[1]);
        current = '';
        if (depth === 0) break;
      } else if (depth > 1 || sign !== '(') current += sign;
    }
    return names;
  }

  function line(values) {
    const parts = [];
    for (let index = 0; index < values.length; index += 1) push(parts, show(values[index]));
    return join(parts, ' ') + '\n';
  }

  /** Equality as the loose assertions mean it: null is undefined, and a text is the number or truth that it spells. */
  function loose(left, right) {
    if (same(left, right) || left === right) return true;
    const isNothing = (value) => value === null || value === undefined;
    if (isNothing(left) || isNothing(right)) return isNothing(left) && isNothing(right);
    if (typeof left === typeof right || typeof left === 'symbol' || typeof right === 'symbol') return false;
    return asNumber(left) === asNumber(right);
  }

  function equal(left, right, strict, depth = 0) {
    if (strict ? same(left, right) : loose(left, right)) return true;
    if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null || depth > 100)
      return false;
    if (strict && getPrototypeOf(left) !== getPrototypeOf(right)) return false;
    if (isMap(left) || isMap(right) || isSet(left) || isSet(right)) {
      return isMap(left) === isMap(right) && encode(left) === encode(right);
    }
    if (isDate(left) || isDate(right)) return isDate(left) && isDate(right) && same(timeOf(left), timeOf(right));
    const names = keysOf(left);
    if (isArray(left) !== isArray(right) || names.length !== keysOf(right).length) return false;
    if (isArray(left) && left.length !== right.length) return false;
    for (const name of names) {
      if (ownDescriptor(right, name) === undefined || !equal(left[name], right[name], strict, depth + 1)) return false;
    }
    return true;
  }

  class AssertionError extends ErrorOf {
    get name() {
      return 'AssertionError';
    }
  }
  function makeAssert() {
    const fail = (message, usual) => {
      if (typeof message === 'object' && message !== null) throw message;
      throw new AssertionError(message === undefined ? usual : asString(message));
    };
    const assert = (value, message) => value || fail(message, 'expected a truthy value, got ' + show(value, 1));
    const pair = (test, words) => (left, right, message) =>
      test(left, right) || fail(message, 'expected ' + show(left, 1) + words + show(right, 1));
    assert.ok = assert;
    assert.equal = pair(loose, ' to equal ');
    assert.notEqual = pair((left, right) => !loose(left, right), ' not to equal ');
    assert.strictEqual = pair(same, ' to be ');
    assert.notStrictEqual = pair((left, right) => !same(left, right), ' not to be ');
    assert.deepEqual = pair((left, right) => equal(left, right, false), ' to equal ');
    assert.deepStrictEqual = pair((left, right) => equal(left, right, true), ' to equal ');
    assert.notDeepEqual = pair((left, right) => !equal(left, right, false), ' not to equal ');
    assert.notDeepStrictEqual = pair((left, right) => !equal(left, right, true), ' not to equal ');
    assert.match = (text, pattern, message) =>
      pattern.test(text) || fail(message, show(text, 1) + ' does not match ' + asString(pattern));
    assert.fail = (message) => fail(message, 'failed');
    const matches = (error, expected) =>
      expected === undefined ||
      typeof expected === 'string' ||
      (typeof expected === 'function'
        ? isPrototypeOf(errorPrototype, expected.prototype ?? null) || expected === ErrorOf
          ? error instanceof expected
          : expected(error) === true
        : typeof expected.test === 'function'
          ? expected.test(asString(error))
          : keysOf(expected).every((key) => equal(error[key], expected[key], true)));
    assert.throws = (run, expected, message) => {
      try {
        run();
      } catch (error) {
        if (!matches(error, expected)) throw error;
        return;
      }
      fail(typeof expected === 'string' ? expected : message, 'expected an exception');
    };
    assert.doesNotThrow = (run) => void run();
    assert.rejects = async (run, expected, message) => {
      try {
        await (typeof run === 'function' ? run() : run);
      } catch (error) {
        if (!matches(error, expected)) throw error;
        return;
      }
      fail(typeof expected === 'string' ? expected : message, 'expected a rejection');
    };
    assert.AssertionError = AssertionError;
    assert.strict = assert;
    return assert;
  }

  /** Timers in virtual time: the host runs the next one when no job is left, nothing ever waits. */
  const timers = [];
  let clock = 0;
  let lastTimer = 0;
  function schedule(run, delay, every, rest) {
    if (typeof run !== 'function') throw new TypeErrorOf('the callback of a timer must be a function');
    const wait = delay > 1 ? +delay : 1;
    lastTimer += 1;
    push(timers, { id: lastTimer, due: clock + wait, wait: every ? wait : 0, run, rest });
    return lastTimer;
  }
  function clear(id) {
    for (let index = 0; index < timers.length; index += 1) {
      if (timers[index].id !== id) continue;
      for (let next = index + 1; next < timers.length; next += 1) timers[next - 1] = timers[next];
      timers.length -= 1;
      return;
    }
  }
  function runTimer() {
    if (timers.length === 0) return false;
    let first = timers[0];
    for (let index = 1; index < timers.length; index += 1) if (timers[index].due < first.due) first = timers[index];
    clock = first.due;
    if (first.wait > 0) first.due += first.wait;
    else clear(first.id);
    apply(first.run, undefined, first.rest);
    return true;
  }

  const cache = create(null);
  /** Modules of Node that the step provides. */
  const builtins = create(null);
  function folderOf(path) {
    return path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : '';
  }
  function requireFrom(folder) {
    return function require(name) {
      const wanted = asString(name);
      if (
        wanted === 'assert' ||
        wanted === 'node:assert' ||
        wanted === 'assert/strict' ||
        wanted === 'node:assert/strict'
      )
        return assert;
      const builtin = builtins[wanted];
      if (builtin !== undefined) return builtin;
      const found = readFile(folder, wanted);
      if (found === undefined)
        throw new ErrorOf("Cannot find module '" + wanted + "': only the submission's own files can be required");
      const { path, source } = found;
      if (cache[path] !== undefined) return cache[path].exports;
      const module = (cache[path] = { exports: {} });
      if (path.endsWith('.json')) module.exports = parse(source);
      else found.evaluate()(module.exports, requireFrom(folderOf(path)), module);
      return module.exports;
    };
  }

  function install(entry) {
    const log = (...values) => print(0, line(values));
    const complain = (...values) => print(1, line(values));
    put('console', {
      log,
      info: log,
      debug: log,
      warn: complain,
      error: complain,
      trace: complain,
      table: log,
      dir: log,
    });
    put('setTimeout', (run, delay, ...rest) => schedule(run, delay, false, rest));
    put('setInterval', (run, delay, ...rest) => schedule(run, delay, true, rest));
    put('setImmediate', (run, ...rest) => schedule(run, 0, false, rest));
    put('clearTimeout', clear);
    put('clearInterval', clear);
    put('clearImmediate', clear);
    put('queueMicrotask', (run) => void then(resolved, () => run()));
    const module = { exports: {} };
    put('module', module);
    put('exports', module.exports);
    put('require', requireFrom(folderOf(entry)));
    return module;
  }
  const assert = makeAssert();
  let program;

  return {
    encode,
    describe,
    runTimer,
    install(entry) {
      program = install(entry);
    },
    /** Further modules by both of their names, and globals. */
    provide(modules, more) {
      each(keysOf(modules), (name) => {
        builtins[name] = modules[name];
        builtins['node:' + name] = modules[name];
      });
      each(keysOf(more), (name) => put(name, more[name]));
    },
    /** Calls what takes a `require` from where a file lies. */
    callWithRequire(run, path) {
      return run(requireFrom(folderOf(path)));
    },
    installAssert() {
      put('assert', assert);
    },
    /** The exports of the entry as globals, so that an assertion finds them by name. */
    spread(exports) {
      each(keysOf(exports), (name) => {
        if (name !== 'default' && ownDescriptor(globals, name) === undefined) put(name, exports[name]);
      });
    },
    exported(name, alone) {
      const { exports } = program;
      if (typeof exports === 'function' && (name === undefined || exports.name === name || alone)) return exports;
      if (name === undefined || exports === null || (typeof exports !== 'object' && typeof exports !== 'function'))
        return undefined;
      return exports[name];
    },
    /** Names of the functions among the exports: of the module given, else of `module.exports`. */
    names(given) {
      const exports = given === undefined ? program.exports : given;
      if (typeof exports !== 'object' || exports === null) return '';
      const names = [];
      each(keysOf(exports), (name) => typeof exports[name] === 'function' && push(names, name));
      return join(names, ',');
    },
    /** Named values go to the parameters of those names; when they fit none, in their own order. */
    call(run, values, by) {
      if (by === 'position') return apply(run, undefined, values);
      const given = keysOf(values);
      const parameters = parametersOf(functionText(run));
      if (parameters.length === 1 && parameters[0][0] === '{') return run(values);
      let fit = true;
      each(given, (name) => {
        fit = fit && includes(parameters, name);
      });
      const ordered = [];
      each(fit ? parameters : given, (name) => push(ordered, values[name]));
      return apply(run, undefined, ordered);
    },
    argument(json) {
      return parse(json);
    },
  };
});
