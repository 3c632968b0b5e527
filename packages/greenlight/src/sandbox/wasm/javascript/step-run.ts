/** One step in one engine, as far as steps of all kinds go the same way: sources, results, errors, time. */
import type { QuickJSContext, QuickJSHandle } from 'quickjs-emscripten-core';
import { verdictOf } from '../../harness/frame.ts';
import type { BoxVerdict } from '../../harness/verdict.ts';
import type { Step } from '../../port.ts';
import type { BoxCommand } from '../box-messages.ts';
import { type OutputStream, OutputWriter } from '../output.ts';
import { placeIn, programError, TEST_FILE } from './errors.ts';
import { loopLineNear } from './loop-line.ts';
import { nodeModuleSource } from './node-module-source.ts';
import { type Files, folderOf, isIdentifier, looksLikeModule, resolvePath, topLevelNames } from './sources.ts';
import type { Stage } from './stage.ts';
import { failureOf, missing, StepEnded } from './step-ended.ts';
import { strip, syntaxError } from './strip-types.ts';

type Begin = Extract<BoxCommand, { kind: 'begin' }>;

export interface StepParts {
  readonly stage: Stage;
  readonly job: Begin;
  readonly command: Extract<BoxCommand, { kind: 'step' }>;
  readonly stripsTypes: boolean;
}

/** Jobs of promises run between two looks at the clock. */
const JOBS_AT_ONCE = 1000;

export class StepRun {
  readonly #stage: Stage;
  readonly #context: QuickJSContext;
  readonly #job: Begin;
  readonly #deadline: number;
  /** The job's sources, and what the step brings along. */
  readonly #files: Files;
  readonly #stripsTypes: boolean;
  readonly #print: (stream: OutputStream, text: string) => boolean;
  #interrupted = false;
  #flooded = false;
  #exitCode: number | undefined;

  constructor({ stage, job, command, stripsTypes }: StepParts) {
    this.#stage = stage;
    this.#context = stage.context;
    this.#job = job;
    this.#deadline = performance.now() + command.limitMs;
    const output = new OutputWriter(command.output);
    const files = { ...job.files, ...filesOf(command.step) };
    this.#files = files;
    this.#stripsTypes = stripsTypes;
    this.#print = (stream, text) => {
      if (this.#exitCode !== undefined) return true;
      if (!output.write(stream, new TextEncoder().encode(text))) this.#flooded = true;
      return !this.#flooded;
    };
    stage.bind({
      print: this.#print,
      readFile: (folder, wanted) => {
        const path = resolvePath(files, folder, wanted);
        return path === undefined ? undefined : { path, source: files[path] ?? '' };
      },
      exit: (code) => {
        this.#exitCode ??= code;
      },
    });
    const { runtime } = this.#context;
    runtime.setInterruptHandler(() => this.#mustStop());
    runtime.setModuleLoader(
      (path) =>
        (Object.hasOwn(files, path) ? files[path] : nodeModuleSource(path)) ?? {
          error: new Error(`Cannot find module '${path}'`),
        },
      (base, wanted) => resolvePath(files, folderOf(base), wanted) ?? wanted,
    );
  }

  get paths(): readonly string[] {
    return Object.keys(this.#files);
  }

  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** Runs the entry file; the exports of a module. */
  evaluateEntry(): QuickJSHandle | undefined {
    const { entrypoint } = this.#job;
    const source = this.#files[entrypoint] ?? '';
    const isModule = looksLikeModule(source);
    const evaluated = this.evaluate(source, entrypoint, isModule ? 'module' : 'global');
    return isModule ? this.settle(evaluated) : undefined;
  }

  /** Runs the entry file as part of a program or of tests: with what it may have of Node. */
  enterNode(about: { readonly stdin?: string; readonly args?: readonly string[] }): QuickJSHandle {
    const { entrypoint: entry } = this.#job;
    this.invoke('install', this.#context.newString(entry));
    return this.#stage.provideNode({
      stdin: about.stdin ?? '',
      args: about.args ?? [],
      entry,
      files: this.#files,
    });
  }

  evaluate(source: string, path: string, type: 'module' | 'global'): QuickJSHandle {
    return this.#unwrap(this.#context.evalCode(source, path, { type }));
  }

  /** A call of one of the functions that `enterNode` gave. */
  callOn(node: QuickJSHandle, name: string, ...values: QuickJSHandle[]): QuickJSHandle {
    const run = this.#context.getProp(node, name);
    return this.#unwrap(this.#context.callFunction(run, this.#context.undefined, ...values));
  }

  /** Prints on the submission's stderr, in its stead. */
  complain(text: string): void {
    this.#print(1, text);
  }

  textOf(handle: QuickJSHandle): string {
    return handle.consume((value) => this.#context.getString(value));
  }

  numberOf(handle: QuickJSHandle): number {
    return handle.consume((value) => this.#context.getNumber(value));
  }

  newString(text: string): QuickJSHandle {
    return this.#context.newString(text);
  }

  newNumber(value: number): QuickJSHandle {
    return this.#context.newNumber(value);
  }

  /** Test code as the engine runs it. */
  stripped(source: string, path: string): string {
    if (!this.#stripsTypes) return source;
    try {
      return strip(source, path);
    } catch (error) {
      throw new StepEnded({ kind: 'raised', error: syntaxError(error, path) });
    }
  }

  perform(step: Extract<Step, { kind: 'call' | 'assertion' }>): BoxVerdict {
    this.invoke('install', this.newString(this.#job.entrypoint));
    if (step.kind === 'assertion') this.invoke('installAssert');
    const exports = this.evaluateEntry();
    if (step.kind === 'assertion') {
      if (exports !== undefined) this.invoke('spread', exports);
      this.#assert(this.stripped(step.code, TEST_FILE));
      return { kind: 'returned', value: { type: 'undefined' } };
    }
    const target = this.#function(step.function, exports, this.#files[this.#job.entrypoint] ?? '');
    const values = this.invoke('argument', this.newString(JSON.stringify(step.arguments.values)));
    const result = this.invoke('call', target, values, this.newString(step.arguments.by));
    return this.#encoded(this.settle(result));
  }

  /** Runs jobs and timers until none is left. */
  drain(): void {
    while (this.#runOne()) this.#checkTime();
  }

  /** What an exception of the host's means: an error of the submission, a limit, or the end of the engine. */
  endOf(error: unknown): BoxVerdict {
    if (this.#flooded) return { kind: 'output-limit' };
    if (this.#exitCode !== undefined) return { kind: 'exited', exitCode: this.#exitCode };
    if (error instanceof StepEnded) return error.verdict;
    if (this.#interrupted) return { kind: 'timed-out' };
    return failureOf(error, this.#stage.engine);
  }

  #encoded(result: QuickJSHandle): BoxVerdict {
    const text = this.invoke('encode', result).consume((handle) => this.#context.getString(handle));
    return verdictOf(`{"returned":${text}}\n`);
  }

  /** Test code in a function of its own, so that its names do not clash with the submission's; it may await. */
  #assert(code: string): void {
    const wrapped = `(async () => {${code}\n})()`;
    this.settle(this.#unwrap(this.#context.evalCode(wrapped, TEST_FILE)));
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
    const given = this.invoke('exported', context.undefined, context.true);
    if (exports === undefined && context.typeof(given) === 'function') return given;
    const listed = this.invoke('names', exports ?? context.undefined).consume((handle) => context.getString(handle));
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
    return this.invoke('exported', context.newString(name), context.false);
  }

  /** A promise's value once every job and timer that it waits for has run; any other value as it is. */
  settle(handle: QuickJSHandle): QuickJSHandle {
    for (;;) {
      const state = this.#context.getPromiseState(handle);
      if (state.type === 'fulfilled' && state.notAPromise === true) return handle;
      if (state.type === 'fulfilled') return state.value;
      if (state.type === 'rejected') throw this.#thrown(state.error);
      const isMoving = this.#runOne();
      this.#checkTime();
      if (!isMoving) throw missing('the promise is never settled', 'Error');
    }
  }

  /** Runs waiting jobs, else the next timer; false when there is neither. */
  #runOne(): boolean {
    const ran = this.#context.runtime.executePendingJobs(JOBS_AT_ONCE);
    if (ran.error !== undefined) throw this.#thrown(ran.error);
    if (ran.value > 0) return true;
    return this.invoke('runTimer').consume((value) => this.#context.dump(value) === true);
  }

  #checkTime(): void {
    if (this.#mustStop()) throw new StepEnded({ kind: 'timed-out' });
  }

  invoke(name: string, ...values: QuickJSHandle[]): QuickJSHandle {
    return this.#unwrap(this.#stage.call(name, ...values));
  }

  #unwrap(result: { value: QuickJSHandle; error?: undefined } | { error: QuickJSHandle }): QuickJSHandle {
    if (result.error === undefined) return result.value;
    throw this.#thrown(result.error);
  }

  #thrown(error: QuickJSHandle): StepEnded {
    if (this.#flooded) return new StepEnded({ kind: 'output-limit' });
    const context = this.#context;
    const paths = this.paths;
    if (this.#interrupted) {
      const stack = context.getProp(error, 'stack').consume((handle) => context.dump(handle) as unknown);
      const place = typeof stack === 'string' ? placeIn(stack, paths) : undefined;
      return new StepEnded({
        kind: 'timed-out',
        ...(place === undefined ? {} : { line: loopLineNear(this.#files[place.file] ?? '', place.line) }),
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
    return this.#interrupted || this.#flooded || this.#exitCode !== undefined;
  }
}

/** What a step brings along to lie beside the sources. */
function filesOf(step: Step): Files {
  if (step.kind === 'program') return step.files ?? {};
  return step.kind === 'test-file' ? { [step.path]: step.source } : {};
}
