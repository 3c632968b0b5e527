/**
 * A context with the harness in it and nothing else, made before the job is known so that a step finds it ready.
 *
 * The submission reaches the host through two functions, `print` and `readFile`, which take and give strings only; what
 * they do is bound when a step takes the stage.
 */
import { type QuickJSContext, type QuickJSHandle, Scope } from 'quickjs-emscripten-core';
import type { OutputStream } from '../output.ts';
import type { Engine } from './engine.ts';

/** What a step does for the submission. */
export interface StageHost {
  /** Takes printed text; false when no more is let through. */
  print(stream: OutputStream, text: string): boolean;
  /** The file that `wanted` means from inside `folder`. */
  readFile(folder: string, wanted: string): { readonly path: string; readonly source: string } | undefined;
}

export class Stage {
  readonly engine: Engine;
  readonly context: QuickJSContext;
  readonly #harness: QuickJSHandle;
  #host: StageHost = { print: () => true, readFile: () => undefined };

  constructor(engine: Engine, harness: string) {
    this.engine = engine;
    this.context = engine.newContext();
    const { context } = this;
    const make = context.unwrapResult(context.evalCode(harness, '<harness>'));
    const made = context.callFunction(make, context.undefined, this.#printFunction(), this.#readFunction());
    this.#harness = context.unwrapResult(made);
  }

  bind(host: StageHost): void {
    this.#host = host;
  }

  /** Calls one of the harness's functions. */
  call(name: string, ...values: QuickJSHandle[]): ReturnType<QuickJSContext['callFunction']> {
    const run = this.context.getProp(this.#harness, name);
    return this.context.callFunction(run, this.context.undefined, ...values);
  }

  #printFunction(): QuickJSHandle {
    const { context } = this;
    return context.newFunction('print', (stream, text) => {
      const which: OutputStream = context.getNumber(stream) === 1 ? 1 : 0;
      const taken = this.#host.print(which, context.getString(text));
      return taken ? undefined : { error: context.newError('too much output') };
    });
  }

  /** Answers `require`: the path, the source and, for code, a function that evaluates it wrapped as CommonJS wraps it. */
  #readFunction(): QuickJSHandle {
    const { context } = this;
    return context.newFunction('readFile', (folder, wanted) => {
      const file = this.#host.readFile(context.getString(folder), context.getString(wanted));
      if (file === undefined) return context.undefined;
      const { path, source } = file;
      return Scope.withScope((scope) => {
        const found = context.newObject();
        context.setProp(found, 'path', scope.manage(context.newString(path)));
        context.setProp(found, 'source', scope.manage(context.newString(source)));
        const evaluate = context.newFunction('evaluate', () =>
          context.evalCode(`(function (exports, require, module) {${source}\n})`, path),
        );
        context.setProp(found, 'evaluate', scope.manage(evaluate));
        return found;
      });
    });
  }
}
