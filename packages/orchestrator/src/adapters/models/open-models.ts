/** Models and runtimes of this node's arms: one gate for all calls, shared with the other nodes by the database. */
import { messageOf } from '@switchyard/core';
import {
  createCallGate,
  createInProcessRuntime,
  createNodeRuntime,
  createPythonRuntime,
  DEFAULT_SCRIPT,
  type LaneLedger,
  type LogLine,
  loadScript,
  type Model,
  type ModelSources,
  type ProbeRuntime,
  repeatWords,
  resolveModel,
} from '@switchyard/probe';
import type { ArmSettingsOf } from '../../contract/index.ts';
import type { Logger } from '../../ports/logger.ts';

export interface ModelsOptions {
  /** What the scripted model answers; absent: its built-in script. */
  readonly scriptFile: string | undefined;
  /** Keys and addresses of the providers. */
  readonly env: NonNullable<ModelSources['env']>;
  readonly ledger: LaneLedger;
  readonly logger: Logger;
}

export interface Models {
  /** @param id null: the scripted one @throws ModelError saying what it lacks */
  openModel(id: string | null): Promise<Model>;
  /** @param concurrency conversations at once: as many worker processes are kept at most for each provider */
  openRuntime(settings: ArmSettingsOf<'probe'>, concurrency: number): Promise<ProbeRuntime>;
  /** Tells the other nodes that this one needs no calls any more. */
  close(): Promise<void>;
}

export function openModels({ scriptFile, env, ledger, logger }: ModelsOptions): Models {
  const gate = createCallGate({
    ledger,
    onLedgerError: (error) =>
      logger.warn({ error: messageOf(error) }, 'what other nodes know of a provider cannot be learnt for now'),
  });
  const onRepeat: NonNullable<ModelSources['onRepeat']> = (repeat) =>
    logger.warn({ code: repeat.error.code, error: repeat.error.message }, repeatWords(repeat));
  let sources: Promise<ModelSources> | undefined;
  const openSources = (): Promise<ModelSources> => {
    sources ??= (scriptFile === undefined ? Promise.resolve(DEFAULT_SCRIPT) : loadScript(scriptFile)).then(
      (script) => ({ script, env, gate, onRepeat }),
    );
    return sources;
  };
  return {
    openModel: async (id) => resolveModel(id ?? 'scripted', await openSources()),
    openRuntime: async ({ runtime }, concurrency) => {
      const here = createInProcessRuntime({ sources: await openSources() });
      if (runtime === 'in-process') return here;
      const onLog = (line: LogLine): void => logger[line.level](line, line.msg);
      const options = { env, gate, size: concurrency, onLog };
      const workers = runtime === 'node' ? createNodeRuntime(options) : createPythonRuntime(options);
      return withScripted(workers, here);
    },
    close: () => gate.close(),
  };
}

/** The scripted model is answered here: a script is this process's own. */
function withScripted(workers: ProbeRuntime, here: ProbeRuntime): ProbeRuntime {
  return {
    name: workers.name,
    run: (input, options) => (/^scripted(:|$)/.test(input.modelId) ? here : workers).run(input, options),
    close: () => workers.close(),
  };
}
