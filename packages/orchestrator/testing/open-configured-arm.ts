import { configuredArms } from '../src/adapters/arms/arm-contracts.ts';
import { type ArmDependencies, openArm } from '../src/adapters/arms/open-arm.ts';
import type { ArmSettings } from '../src/contract/index.ts';
import type { OpenedArm } from '../src/ports/arm.ts';
import { silentLogger } from './silent-logger.ts';

const refuse = (): never => {
  throw new Error('this arm stands on more than its settings');
};
const dependencies: ArmDependencies = {
  logger: silentLogger,
  env: process.env,
  sandbox: undefined,
  openModel: refuse,
  openRuntime: refuse,
};

/** An arm as a configuration has it, with no engine around it: `process`, `http` or `module`. */
export async function openConfiguredArm(settings: ArmSettings): Promise<OpenedArm> {
  const configured = configuredArms({ alone: settings }).get('alone');
  return configured === undefined ? refuse() : openArm(configured, dependencies);
}
