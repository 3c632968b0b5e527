/** The opening of arms: what each stands on, and the sandbox that they share with what is answered directly. */
import { createSandbox, type Sandbox, type SandboxOfDrivers } from '@switchyard/greenlight';
import { openArm } from '../adapters/arms/open-arm.ts';
import { openModels } from '../adapters/models/open-models.ts';
import { createLaneLedger } from '../adapters/postgres/lane-ledger.ts';
import type { Config } from '../config.ts';
import { modelEnvironment } from '../config-models.ts';
import { ArmUnknown } from '../errors.ts';
import type { ConfiguredArm, OpenedArm } from '../ports/arm.ts';
import type { Logger } from '../ports/logger.ts';
import type { SystemOptions } from '../system.ts';
import { createWorkingArms, type WorkingArms } from '../working-arms.ts';
import type { Base } from './base.ts';

/** The arms that this process works for. @throws ArmUnknown */
export function chooseArms(configured: ReadonlyMap<string, ConfiguredArm>, { arms }: SystemOptions): readonly string[] {
  for (const name of arms ?? []) if (!configured.has(name)) throw new ArmUnknown(name, [...configured.keys()]);
  return arms === undefined || arms.length === 0 ? [...configured.keys()] : arms;
}

/** One for the arm and for what is answered directly: they share its line and its boxes. */
export async function openSandbox(
  { greenlightDriver: driver }: Config,
  opened: AsyncDisposableStack,
): Promise<SandboxOfDrivers> {
  const sandbox = await createSandbox({ driver });
  opened.defer(() => sandbox.close());
  return sandbox;
}

interface ArmParts {
  readonly options: SystemOptions;
  readonly base: Base;
  readonly logger: Logger;
  readonly sandbox: Sandbox | undefined;
}

/** The arms of this process; none yet. */
export function openArms(
  isChosen: (name: string) => boolean,
  { options, base, logger, sandbox }: ArmParts,
  opened: AsyncDisposableStack,
): WorkingArms {
  const { config, env = {} } = options;
  const ledger = createLaneLedger(base.database, base.node.id);
  const models = openModels({ scriptFile: config.scriptFile, env: modelEnvironment(config, env), ledger, logger });
  opened.defer(() => models.close());
  const open = (configured: ConfiguredArm): Promise<OpenedArm> =>
    openArm(configured, { ...models, logger, env, sandbox });
  const working = createWorkingArms({ isChosen, open, logger });
  opened.defer(() => working.close());
  return working;
}
