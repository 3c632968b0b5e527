/**
 * The arms that this process works for, opened; and how another configuration takes their place while work goes on.
 *
 * Invariants:
 * 1. What is new is opened before anything changes; where that fails, all stays as it was.
 * 2. An arm whose settings did not change is left alone. One that changed ends its attempts and is closed after the last of them.
 */
import { stat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '@switchyard/core';
import type { Arm, ConfiguredArm, OpenedArm } from './ports/arm.ts';
import type { Logger } from './ports/logger.ts';

type Configured = ReadonlyMap<string, ConfiguredArm>;

export interface ArmChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** Who does the work of an arm. */
export interface ArmLanes {
  add(arm: Arm): void;
  /** Claims nothing more for it; settles when its last attempt has ended. */
  retire(name: string): Promise<void>;
}

export interface WorkingArms {
  /** Always what is worked for now. */
  readonly arms: readonly Arm[];
  /** Opens what is new or changed. @throws SwitchyardError: nothing has changed */
  prepare(configured: Configured): Promise<PreparedArms>;
  close(): Promise<void>;
}

export interface PreparedArms extends ArmChanges {
  /** Cannot fail. */
  putInPlace(lanes: ArmLanes): void;
}

export interface WorkingArmsOptions {
  /** Which of the configured ones are worked for here. */
  readonly isChosen: (name: string) => boolean;
  readonly open: (configured: ConfiguredArm) => Promise<OpenedArm>;
  readonly logger: Logger;
}

interface Held extends OpenedArm {
  /** What `changesBetween` compares: the settings, and which version of its file a module is. */
  readonly settings: unknown;
}

/** With no arms yet. */
export function createWorkingArms({ isChosen, open, logger }: WorkingArmsOptions): WorkingArms {
  const held = new Map<string, Held>();
  const arms: Arm[] = [];
  const closing = new Set<Promise<void>>();

  const closeAfter = (last: Promise<void>, old: Held): void => {
    const closed = last
      .then(() => old.close())
      .catch((error: unknown) => logger.warn({ arm: old.arm.name, error: messageOf(error) }, 'an arm did not close'))
      .finally(() => closing.delete(closed));
    closing.add(closed);
  };

  return {
    arms,
    prepare: async (configured) => {
      const wanted = new Map([...configured].filter(([name]) => isChosen(name)));
      const versions = new Map<string, Pick<Held, 'settings'>>();
      for (const [name, one] of wanted) versions.set(name, { settings: await versionOf(one) });
      const changes = changesBetween(held, versions);
      const { added, changed, removed } = changes;
      const fresh = await openAll([...added, ...changed], wanted, open);
      const putInPlace = (lanes: ArmLanes): void => {
        for (const name of [...changed, ...removed]) {
          const old = held.get(name);
          held.delete(name);
          if (old !== undefined) closeAfter(lanes.retire(name), old);
        }
        for (const one of fresh) {
          held.set(one.arm.name, { ...one, settings: versions.get(one.arm.name)?.settings });
          lanes.add(one.arm);
        }
        arms.splice(0, arms.length, ...[...held.values()].map(({ arm }) => arm));
      };
      return { ...changes, putInPlace };
    },
    close: async () => {
      await Promise.all(closing);
      await Promise.all([...held.values()].map((one) => one.close()));
    },
  };
}

export function changesBetween(
  before: ReadonlyMap<string, { readonly settings: unknown }>,
  after: ReadonlyMap<string, { readonly settings: unknown }>,
): ArmChanges {
  const names = [...after.keys()];
  return {
    added: names.filter((name) => !before.has(name)),
    changed: names.filter(
      (name) => before.has(name) && !isDeepStrictEqual(before.get(name)?.settings, after.get(name)?.settings),
    ),
    removed: [...before.keys()].filter((name) => !after.has(name)),
  };
}

async function openAll(
  names: readonly string[],
  configured: Configured,
  open: WorkingArmsOptions['open'],
): Promise<OpenedArm[]> {
  const fresh: OpenedArm[] = [];
  try {
    for (const name of names) {
      const one = configured.get(name);
      if (one !== undefined) fresh.push(await open(one));
    }
    return fresh;
  } catch (error) {
    await Promise.all(fresh.map((one) => one.close()));
    throw error;
  }
}

/** A module that was edited is another one; whether it is there at all, opening it tells. */
async function versionOf({ settings }: ConfiguredArm): Promise<unknown> {
  if (settings.type !== 'module' || !settings.module.startsWith('/')) return settings;
  const editedAt = await stat(settings.module).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );
  return { settings, editedAt };
}
