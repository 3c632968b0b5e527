/**
 * A context with the harness in it and nothing else, made before the job is known so that a step finds it ready.
 *
 * The submission reaches the host through two functions, `print` and `readFile`, which take and give strings only; what
 * they do is bound when a step takes the stage.
 */
import { type QuickJSContext, type QuickJSHandle, Scope } from 'quickjs-emscripten-core';
import type { JavaScriptBoxData } from '../box-data.ts';
import type { OutputStream } from '../output.ts';
import type { Engine } from './engine.ts';

/** What a step does for the submission. */
export interface StageHost {
  /** Takes printed text; false when no more is let through. */
  print(stream: OutputStream, text: string): boolean;
  /** The file that `wanted` means from inside `folder`. */
  readFile(folder: string, wanted: string): { readonly path: string; readonly source: string } | undefined;
  /** The program ends itself; nothing that it still does counts. */
  exit(code: number): void;
}

/** What `node-modules.js` needs to know of a step. */
export interface NodeSetting {
  readonly stdin: string;
  readonly args: readonly string[];
  readonly entry: string;
  readonly files: { readonly [path: string]: string };
}

export class Stage {
  readonly engine: Engine;
  readonly context: QuickJSContext;
  readonly #harness: QuickJSHandle;
  readonly #nodeModules: string;
  #host: StageHost = { print: () => true, readFile: () => undefined, exit: () => undefined };

  constructor(engine: Engine, { harness, nodeModules }: Pick<JavaScriptBoxData, 'harness' | 'nodeModules'>) {
    this.#nodeModules = nodeModules;
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

  /** Gives the submission what it may have of Node, and the host what runs its tests and reads its exit code. */
  provideNode({ files, ...about }: NodeSetting): QuickJSHandle {
    const { context } = this;
    const make = context.unwrapResult(context.evalCode(this.#nodeModules, '<node>'));
    const texts = [JSON.stringify(files), JSON.stringify(about)].map((text) => context.newString(text));
    const made = context.callFunction(make, context.undefined, this.#printFunction(), this.#exitFunction(), ...texts);
    const node = context.unwrapResult(made);
    const parts = [context.getProp(node, 'modules'), context.getProp(node, 'globals')];
    context.unwrapResult(this.call('provide', ...parts));
    return node;
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

  #exitFunction(): QuickJSHandle {
    const { context } = this;
    return context.newFunction('exit', (code) => {
      this.#host.exit(context.getNumber(code));
      return { error: context.newError('the program has exited') };
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
