/** From what is configured to an arm that works. */
import { availableParallelism } from 'node:os';
import type { Sandbox } from '@switchyard/greenlight';
import type { Model, ProbeRuntime } from '@switchyard/probe';
import { boundStops } from '../../app/bound-stops.ts';
import type { ArmSettings, ArmSettingsOf } from '../../contract/index.ts';
import type { ConfiguredArm, OpenedArm, RetryPolicy } from '../../ports/arm.ts';
import type { Logger } from '../../ports/logger.ts';
import { ArmConfigurationInvalid } from './arm-errors.ts';
import { createGeneralistArm } from './generalist.ts';
import { createGreenlightArm } from './greenlight.ts';
import { createHttpArm } from './http-arm.ts';
import { createListPrice } from './metered-model.ts';
import { openModuleArm } from './module-arm.ts';
import { createProbeArm } from './probe.ts';
import { createProcessArm } from './process-arm.ts';
import { withTimeLimit } from './time-limit.ts';

/** Waiting for others costs little; work on this machine costs a core. */
const CONCURRENCY_OF_WAITING = 8;
/** Conversations wait nearly all of the time; how many calls a provider takes at once is learnt by the gate of calls. */
const CONCURRENCY_OF_CONVERSATIONS = 32;
/** In worker processes each has one of its own, of some 20 (Python) to 100 (Node) MB. */
const CONCURRENCY_OF_WORKERS = 8;
const MS = 1000;

export interface ArmDependencies {
  readonly logger: Logger;
  /** Where arms that may see variables look them up. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What grades code; shared with whatever else grades in this process. */
  readonly sandbox: Sandbox | undefined;
  /** The model of a generalist; null for the scripted one. */
  readonly openModel: (id: string | null) => Promise<Model>;
  /** What holds the conversations of a probe. */
  readonly openRuntime: (settings: ArmSettingsOf<'probe'>, concurrency: number) => Promise<ProbeRuntime>;
}

/** @throws SwitchyardError saying what the arm lacks */
export async function openArm(configured: ConfiguredArm, dependencies: ArmDependencies): Promise<OpenedArm> {
  const { settings } = configured;
  const opened = await openByType(configured, dependencies);
  const { timeoutSeconds } = settings;
  // Inside of the time limit: an arm that ignores that is given up like one that ignores a cancel.
  const bounded = boundStops(opened.arm, dependencies);
  const limited = timeoutSeconds === undefined ? bounded : withTimeLimit(bounded, timeoutSeconds);
  const retry = retryOf(settings);
  return { arm: retry === null ? limited : { ...limited, retry }, close: () => opened.close() };
}

async function openByType(
  { settings, contract }: ConfiguredArm,
  { logger, env, sandbox, openModel, openRuntime }: ArmDependencies,
): Promise<OpenedArm> {
  const nothing = async (): Promise<void> => undefined;
  const { concurrency: asked } = settings;
  switch (settings.type) {
    case 'greenlight': {
      if (sandbox === undefined) throw new ArmConfigurationInvalid(contract.name, 'this process has no sandbox');
      const arm = createGreenlightArm({ contract, sandbox, concurrency: asked ?? availableParallelism() });
      return { arm, close: nothing };
    }
    case 'generalist': {
      const model = await openModel(settings.model ?? null);
      return {
        arm: createGeneralistArm({
          contract,
          model,
          concurrency: asked ?? CONCURRENCY_OF_WAITING,
          priceOf: createListPrice(),
        }),
        close: nothing,
      };
    }
    case 'probe': {
      const usual = settings.runtime === 'in-process' ? CONCURRENCY_OF_CONVERSATIONS : CONCURRENCY_OF_WORKERS;
      const concurrency = asked ?? usual;
      const runtime = await openRuntime(settings, concurrency);
      return {
        arm: createProbeArm({ contract, runtime, concurrency }),
        close: () => runtime.close(),
      };
    }
    case 'process': {
      const concurrency = asked ?? availableParallelism();
      const arm = createProcessArm({ contract, settings, concurrency, logger, env });
      return { arm, close: () => arm.close() };
    }
    case 'http': {
      const arm = createHttpArm({ contract, settings, concurrency: asked ?? CONCURRENCY_OF_WAITING, env });
      return { arm, close: () => arm.close() };
    }
    case 'module':
      return { arm: await openModuleArm(contract, settings, asked ?? CONCURRENCY_OF_WAITING), close: nothing };
  }
}

function retryOf({ retry }: ArmSettings): RetryPolicy | null {
  if (retry === undefined) return null;
  const backoff = { initialMs: retry.initialSeconds * MS, factor: retry.factor, maxMs: retry.maxSeconds * MS };
  return { backoff, ...(retry.attempts === undefined ? {} : { maxAttempts: retry.attempts }) };
}
