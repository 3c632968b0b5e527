/** `arms` of a configuration file: each arm against the schema of its type. */
import { dirname, resolve } from 'node:path';
import { isJsonObject } from '@switchyard/core';
import { z } from 'zod';
import {
  ARM_NAME,
  ARM_SETTINGS,
  type ArmSettings,
  type ArmType,
  armSettingNames,
  BUILT_IN_ARMS,
  isArmType,
} from './contract/index.ts';

const BY_NAME = 'an object of arms by name';
const NAME = 'arms by their name: lower-case letters, digits and dashes';
const TYPES = Object.keys(ARM_SETTINGS).join(', ');
const MODULE_ENDINGS = /\.(ts|mts|js|mjs)$/;

/** All arms that the configuration names, every default filled in. */
export const armsSchema = z.unknown().transform((raw, context) =>
  parseArms(raw, (path, message, keys) => {
    context.issues.push(
      keys === undefined
        ? { code: 'custom', path: [...path], message, input: raw }
        : { code: 'unrecognized_keys', path: [...path], keys: [...keys], message, input: isJsonObject(raw) ? raw : {} },
    );
  }),
);

type Complain = (path: readonly string[], may: string, unknownKeys?: readonly string[]) => void;

function parseArms(raw: unknown, complain: Complain): { readonly [name: string]: ArmSettings } {
  if (!isJsonObject(raw)) {
    complain([], BY_NAME);
    return {};
  }
  const arms: { [name: string]: ArmSettings } = {};
  for (const [name, value] of Object.entries(raw)) {
    const settings = ARM_NAME.test(name) ? parseArm(name, value, complain) : complain([name], NAME);
    if (settings !== undefined) arms[name] = settings;
  }
  refuseUnknownFallbacks(arms, raw, complain);
  return arms;
}

function parseArm(name: string, value: unknown, complain: Complain): ArmSettings | undefined {
  if (!isJsonObject(value))
    return complain([name], 'an object, as {"type": "process", "command": ["python3", "arm.py"]}') ?? undefined;
  const type = typeOf(name, value, complain);
  if (type === null) return undefined;
  const parsed = ARM_SETTINGS[type].safeParse({ ...value, type });
  for (const issue of parsed.error?.issues ?? []) {
    const path = [name, ...issue.path.map(String)];
    const [part, inner] = path.slice(1);
    if (issue.code === 'unrecognized_keys') complain(path, armSettingNames(type, part, inner).join(', '), issue.keys);
    else complain(path, issue.message);
  }
  return parsed.data;
}

/** A built-in arm is of the type that it is called; any other says its own. */
function typeOf(name: string, value: object, complain: Complain): ArmType | null {
  const builtIn = BUILT_IN_ARMS.find((one) => one === name);
  const type: unknown = Reflect.get(value, 'type') ?? builtIn;
  if (isArmType(type) && (builtIn === undefined || type === builtIn)) return type;
  complain([name, 'type'], builtIn === undefined ? `one of: ${TYPES}` : `${builtIn}, or left out`);
  return null;
}

/** A fallback that is not there would be noticed in the night that it is needed. */
function refuseUnknownFallbacks(arms: { readonly [name: string]: ArmSettings }, raw: object, complain: Complain): void {
  const known = new Set<string>([...BUILT_IN_ARMS, ...Object.keys(raw)]);
  for (const [name, { fallback }] of Object.entries(arms)) {
    for (const [index, other] of fallback.entries()) {
      if (known.has(other) && other !== name) continue;
      complain(
        [name, 'fallback', String(index)],
        `another arm: ${[...known]
          .filter((one) => one !== name)
          .sort()
          .join(', ')}`,
      );
    }
  }
}

/** Paths of an arm start from the file that names it. */
export function resolveArmPaths(raw: unknown, file: string): unknown {
  if (!isJsonObject(raw)) return raw;
  const folder = dirname(file);
  return Object.fromEntries(
    Object.entries(raw).map(([name, value]) => [name, isJsonObject(value) ? withPaths(value, folder) : value]),
  );
}

function withPaths(arm: object, folder: string): object {
  const { type, cwd, module } = { type: null, cwd: '.', module: null, ...arm };
  if (type === 'process' && typeof cwd === 'string') return { ...arm, cwd: resolve(folder, cwd) };
  if (type === 'module' && typeof module === 'string' && MODULE_ENDINGS.test(module)) {
    return { ...arm, module: resolve(folder, module) };
  }
  return arm;
}
