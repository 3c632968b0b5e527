/** One step in one engine: the submission from its top, then the call or the assertion, then the encoded result. */
import type { QuickJSContext, QuickJSHandle } from 'quickjs-emscripten-core';
import type { ProgramError } from '../../port.ts';
import type { BoxCommand, BoxVerdict } from '../box-messages.ts';
import { verdictOf } from '../frame.ts';
import { OutputWriter } from '../output.ts';
import type { Engine } from './engine.ts';
import { placeIn, programError, TEST_FILE } from './errors.ts';
import { loopLineNear } from './loop-line.ts';
import { folderOf, isIdentifier, looksLikeModule, resolvePath, topLevelNames } from './sources.ts';
import type { Stage } from './stage.ts';

type Begin = Extract<BoxCommand, { kind: 'begin' }>;

export interface StepParts {
  readonly stage: Stage;
  readonly job: Begin;
  readonly command: Extract<BoxCommand, { kind: 'step' }>;
}

/** Jobs of promises run between two looks at the clock. */
const JOBS_AT_ONCE = 1000;

/** Ends a step from wherever the host notices that it has to. */
class StepEnded extends Error {
  readonly verdict: BoxVerdict;

  constructor(verdict: BoxVerdict) {
    super(verdict.kind);
    this.verdict = verdict;
  }
}

/** The first syntax error of a job's files, the entry file first; nothing of them runs. */
export function checkSyntax(context: QuickJSContext, job: Begin): ProgramError | undefined {
  const paths = Object.keys(job.files).sort(
    (left, right) => Number(right === job.entrypoint) - Number(left === job.entrypoint),
  );
  for (const path of paths) {
    if (path !== job.entrypoint && !/\.[cm]?js$/.test(path)) continue;
    const source = job.files[path] ?? '';
    const type = looksLikeModule(source) ? 'module' : 'global';
    const compiled = context.evalCode(source, path, { type, compileOnly: true });
    if (compiled.error === undefined) continue;
    const name = context.getProp(compiled.error, 'name').consume((handle) => context.getString(handle));
    const message = context.getProp(compiled.error, 'message').consume((handle) => context.getString(handle));
    const stack = context.getProp(compiled.error, 'stack').consume((handle) => context.getString(handle));
    // A file that needs more memory or stack to be compiled fails when it runs.
    if (name === 'SyntaxError') return { type: name, message, ...placeIn(stack, paths) };
  }
  return undefined;
}

/** What an exception out of the engine itself means. */
export function failureOf(error: unknown, engine: Engine): BoxVerdict {
  if (error instanceof RangeError && error.message.includes('call stack')) {
    const message = 'the recursion went deeper than the sandbox has stack for';
    return { kind: 'raised', error: { type: 'RangeError', message } };
  }
  if (engine.exhausted()) return { kind: 'out-of-memory' };
  return { kind: 'lost', reason: `the engine broke down (${error instanceof Error ? error.message : String(error)})` };
}

/** Runs one step to its verdict. */
export function performStep(parts: StepParts): BoxVerdict {
  const run = new StepRun(parts);
  try {
    return run.perform();
  } catch (error) {
    return run.endOf(error);
  }
}

class StepRun {
  readonly #stage: Stage;
  readonly #context: QuickJSContext;
  readonly #job: Begin;
  readonly #command: StepParts['command'];
  readonly #deadline: number;
  #interrupted = false;
  #flooded = false;

  constructor({ stage, job, command }: StepParts) {
    this.#stage = stage;
    this.#context = stage.context;
    this.#job = job;
    this.#command = command;
    this.#deadline = performance.now() + command.limitMs;
    const output = new OutputWriter(command.output);
    const { files } = job;
    stage.bind({
      print: (stream, text) => {
        if (!output.write(stream, new TextEncoder().encode(text))) this.#flooded = true;
        return !this.#flooded;
      },
      readFile: (folder, wanted) => {
        const path = resolvePath(files, folder, wanted);
        return path === undefined ? undefined : { path, source: files[path] ?? '' };
      },
    });
    const { runtime } = this.#context;
    runtime.setInterruptHandler(() => this.#mustStop());
    runtime.setModuleLoader(
      (path) => files[path] ?? { error: new Error(`Cannot find module '${path}'`) },
      (base, wanted) => resolvePath(files, folderOf(base), wanted) ?? wanted,
    );
  }

  perform(): BoxVerdict {
    const { step } = this.#command;
    const { entrypoint, files } = this.#job;
    const source = files[entrypoint] ?? '';
    const isModule = looksLikeModule(source);
    this.#invoke('install', this.#context.newString(entrypoint));
    if (step.kind === 'assertion') this.#invoke('installAssert');
    const evaluated = this.#unwrap(
      this.#context.evalCode(source, entrypoint, { type: isModule ? 'module' : 'global' }),
    );
    const exports = isModule ? this.#settle(evaluated) : undefined;
    if (step.kind === 'assertion') {
      if (exports !== undefined) this.#invoke('spread', exports);
      this.#assert(step.code);
      return { kind: 'returned', value: { type: 'undefined' } };
    }
    if (step.kind !== 'call') return { kind: 'lost', reason: `a ${step.kind} step came to a box that runs none` };
    const target = this.#function(step.function, exports, source);
    const values = this.#invoke('argument', this.#context.newString(JSON.stringify(step.arguments.values)));
    const result = this.#invoke('call', target, values, this.#context.newString(step.arguments.by));
    return this.#encoded(this.#settle(result));
  }

  /** What an exception of the host's means: an error of the submission, a limit, or the end of the engine. */
  endOf(error: unknown): BoxVerdict {
    if (this.#flooded) return { kind: 'output-limit' };
    if (error instanceof StepEnded) return error.verdict;
    if (this.#interrupted) return { kind: 'timed-out' };
    return failureOf(error, this.#stage.engine);
  }

  #encoded(result: QuickJSHandle): BoxVerdict {
    const text = this.#invoke('encode', result).consume((handle) => this.#context.getString(handle));
    return verdictOf(`{"returned":${text}}\n`);
  }

  /** Test code in a function of its own, so that its names do not clash with the submission's; it may await. */
  #assert(code: string): void {
    const wrapped = `(async () => {${code}\n})()`;
    this.#settle(this.#unwrap(this.#context.evalCode(wrapped, TEST_FILE)));
  }

  #function(name: string | undefined, exports: QuickJSHandle | undefined, source: string): QuickJSHandle {
    const context = this.#context;
    if (name !== undefined) {
      const found = this.#lookUp(name, exports);
      if (context.typeof(found) === 'undefined')
        throw missing(`the function "${name}" is not defined`, 'ReferenceError');
      if (context.typeof(found) !== 'function') throw missing(`"${name}" is not a function`, 'TypeError');
      return found;
    }
    const given = this.#invoke('exported', context.undefined, context.true);
    if (exports === undefined && context.typeof(given) === 'function') return given;
    const listed = this.#invoke('names', exports ?? context.undefined).consume((handle) => context.getString(handle));
    const candidates = listed === '' ? (exports === undefined ? topLevelNames(source) : []) : listed.split(',');
    const functions = candidates
      .map((candidate) => ({ candidate, handle: this.#lookUp(candidate, exports) }))
      .filter(({ handle }) => context.typeof(handle) === 'function');
    const [only, ...others] = functions;
    if (only === undefined) throw missing('the entry file defines no function', 'ReferenceError');
    if (others.length === 0) return only.handle;
    const names = functions
      .map(({ candidate }) => candidate)
      .slice(0, 10)
      .join(', ');
    throw missing(`the entry file defines several functions, name the one to call: ${names}`, 'ReferenceError');
  }

  /** A name of the submission: an export of a module, else a global, else a property of `module.exports`. */
  #lookUp(name: string, exports: QuickJSHandle | undefined): QuickJSHandle {
    const context = this.#context;
    if (exports !== undefined) return context.getProp(exports, name);
    if (isIdentifier(name)) {
      const found = context.evalCode(`typeof ${name} === 'undefined' ? undefined : ${name}`, '<lookup>');
      if (found.error === undefined && context.typeof(found.value) !== 'undefined') return found.value;
    }
    return this.#invoke('exported', context.newString(name), context.false);
  }

  /** A promise's value once every job and timer that it waits for has run; any other value as it is. */
  #settle(handle: QuickJSHandle): QuickJSHandle {
    const { runtime } = this.#context;
    for (;;) {
      const state = this.#context.getPromiseState(handle);
      if (state.type === 'fulfilled' && state.notAPromise === true) return handle;
      if (state.type === 'fulfilled') return state.value;
      if (state.type === 'rejected') throw this.#thrown(state.error);
      const ran = runtime.executePendingJobs(JOBS_AT_ONCE);
      if (ran.error !== undefined) throw this.#thrown(ran.error);
      if (this.#mustStop()) throw new StepEnded({ kind: 'timed-out' });
      if (ran.value > 0) continue;
      const more = this.#invoke('runTimer').consume((value) => this.#context.dump(value) === true);
      if (!more) throw missing('the promise is never settled', 'Error');
    }
  }

  #invoke(name: string, ...values: QuickJSHandle[]): QuickJSHandle {
    return this.#unwrap(this.#stage.call(name, ...values));
  }

  #unwrap(result: { value: QuickJSHandle; error?: undefined } | { error: QuickJSHandle }): QuickJSHandle {
    if (result.error === undefined) return result.value;
    throw this.#thrown(result.error);
  }

  #thrown(error: QuickJSHandle): StepEnded {
    if (this.#flooded) return new StepEnded({ kind: 'output-limit' });
    const context = this.#context;
    const paths = Object.keys(this.#job.files);
    if (this.#interrupted) {
      const stack = context.getProp(error, 'stack').consume((handle) => context.dump(handle) as unknown);
      const place = typeof stack === 'string' ? placeIn(stack, paths) : undefined;
      return new StepEnded({
        kind: 'timed-out',
        ...(place === undefined ? {} : { line: loopLineNear(this.#job.files[place.file] ?? '', place.line) }),
      });
    }
    // With no memory left for an error object, null is thrown.
    if (context.typeof(error) === 'object' && context.eq(error, context.null) && this.#stage.engine.exhausted()) {
      return new StepEnded({ kind: 'out-of-memory' });
    }
    const described = this.#stage.call('describe', error);
    if (described.error !== undefined)
      return new StepEnded({
        kind: this.#stage.engine.exhausted() ? 'out-of-memory' : 'lost',
        reason: 'its error could not be read',
      });
    const failure = programError(context.getString(described.value), paths);
    if (failure.type === 'InternalError' && failure.message === 'out of memory')
      return new StepEnded({ kind: 'out-of-memory' });
    return new StepEnded({ kind: 'raised', error: failure });
  }

  #mustStop(): boolean {
    if (performance.now() > this.#deadline) this.#interrupted = true;
    return this.#interrupted || this.#flooded;
  }
}

function missing(message: string, type: string): StepEnded {
  return new StepEnded({ kind: 'raised', error: { type, message } });
}
