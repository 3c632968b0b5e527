/**
 * The module arm: a TypeScript or JavaScript module whose default export does the work, in this process, trusted like
 * our own code. `{ run, checkInput?, inputSchema? }`, or the function `run` alone.
 */
import { stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { messageOf } from '@switchyard/core';
import { type ArmSettingsOf, type JsonValue, jsonSchema } from '../../contract/index.ts';
import type { Arm, ArmContract, ArmResult, Work } from '../../ports/arm.ts';
import { ArmAnswerInvalid, ArmAnswerTooLarge, ArmConfigurationInvalid } from './arm-errors.ts';

const BYTES_A_MB = 1_048_576;
const NO_JSON = 'its module returned what is no JSON';

/**
 * What a module exports as its default.
 *
 * @example
 * import type { ArmModule } from '@switchyard/orchestrator';
 * const shout: ArmModule = async ({ task }) => task.goal.toUpperCase();
 * export default shout;
 */
export type ArmModule = (work: Work) => JsonValue | undefined | Promise<JsonValue | undefined>;

/** @throws ArmConfigurationInvalid when the module cannot be loaded or exports no function */
export async function openModuleArm(
  contract: ArmContract,
  settings: ArmSettingsOf<'module'>,
  concurrency: number,
): Promise<Arm> {
  const { name } = contract;
  const run = await loadRun(name, settings.module);
  return {
    ...contract,
    concurrency,
    problem: () => null,
    run: async (work): Promise<ArmResult> => {
      const answer: unknown = (await run(work)) ?? null;
      if (sizeOf(name, answer) > settings.maxOutputMb * BYTES_A_MB) {
        throw new ArmAnswerTooLarge(name, settings.maxOutputMb);
      }
      const result = jsonSchema.safeParse(answer);
      if (!result.success) throw new ArmAnswerInvalid(name, NO_JSON);
      return { result: result.data, costUsd: null };
    },
  };
}

/** In bytes of JSON. @throws ArmAnswerInvalid for what has no end or no JSON: a circle, a BigInt, a function */
function sizeOf(arm: string, answer: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(answer) ?? '');
  } catch (error) {
    throw new ArmAnswerInvalid(arm, `${NO_JSON} (${messageOf(error)})`, { cause: error });
  }
}

async function loadRun(arm: string, place: string): Promise<(work: Work) => unknown> {
  try {
    // A file that was changed is another module: a reload of the configuration takes it up.
    const isFile = place.startsWith('/');
    const version = isFile ? (await stat(place)).mtimeMs : 0;
    const loaded: unknown = await import(isFile ? `${pathToFileURL(place).href}?v=${version}` : place);
    const exported: unknown =
      typeof loaded === 'object' && loaded !== null ? Reflect.get(loaded, 'default') : undefined;
    if (typeof exported === 'function') return (work): unknown => Reflect.apply(exported, undefined, [work]);
  } catch (error) {
    throw new ArmConfigurationInvalid(arm, `its module ${place} cannot be loaded: ${messageOf(error)}`, {
      cause: error,
    });
  }
  throw new ArmConfigurationInvalid(arm, `its module ${place} has no function as its default export`);
}
