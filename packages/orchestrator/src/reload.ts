/** A configuration that is read again while the system runs: the part of it that can take effect, and what cannot. */
import { isDeepStrictEqual } from 'node:util';
import { armLimitsOf } from './arm-limits-of.ts';
import type { Config } from './config.ts';
import type { ArmLimits } from './domain/arm-limits.ts';
import type { ArmContract, ConfiguredArm } from './ports/arm.ts';
import { type ArmChanges, type ArmLanes, changesBetween, type WorkingArms } from './working-arms.ts';

export interface Reloaded extends ArmChanges {
  /** Settings that differ from those that the process was started with, and take effect only with a new one. */
  readonly needsRestart: readonly string[];
}

export interface ReloadParts {
  /** What the process was started with. */
  readonly config: Config;
  /** @throws SwitchyardError when an arm cannot be used as it is configured */
  readonly configure: (arms: Config['arms']) => ReadonlyMap<string, ConfiguredArm>;
  /** Live: whoever holds these maps sees what changes. */
  readonly contracts: Map<string, ArmContract>;
  readonly limits: Map<string, ArmLimits>;
  readonly working: WorkingArms;
  /** Null where nothing is worked for. */
  readonly lanes: ArmLanes | null;
  /** Makes the queues that are missing. */
  readonly ensureQueues: (arms: readonly string[]) => Promise<void>;
}

export interface Reload {
  /** One after the other, however many are asked for. @throws SwitchyardError saying what is wrong: all stays as it was */
  reload(config: Config): Promise<Reloaded>;
  /** Settles when none is under way. */
  idle(): Promise<void>;
}

export function createReload(parts: ReloadParts): Reload {
  let settings = parts.configure(parts.config.arms);
  const reload = async (config: Config): Promise<Reloaded> => {
    const configured = parts.configure(config.arms);
    const changes = changesBetween(settings, configured);
    // A task must find the queue of its arm as soon as it can be submitted.
    await parts.ensureQueues([...configured.keys()]);
    const prepared = await parts.working.prepare(configured);
    replace(parts.contracts, new Map([...configured].map(([name, { contract }]) => [name, contract])));
    replace(parts.limits, armLimitsOf(config.arms));
    if (parts.lanes !== null) prepared.putInPlace(parts.lanes);
    settings = configured;
    const changed = [...new Set([...changes.changed, ...prepared.changed])];
    return { ...changes, changed, needsRestart: othersThatDiffer(parts.config, config) };
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    reload: (config) => {
      const mine = last.then(() => reload(config));
      last = mine.catch(() => undefined);
      return mine;
    },
    idle: async () => void (await last),
  };
}

function replace<Value>(live: Map<string, Value>, next: ReadonlyMap<string, Value>): void {
  live.clear();
  for (const [name, value] of next) live.set(name, value);
}

function othersThatDiffer(before: Config, after: Config): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => name !== 'arms');
  return names.filter((name) => !isDeepStrictEqual(Reflect.get(before, name), Reflect.get(after, name))).sort();
}
