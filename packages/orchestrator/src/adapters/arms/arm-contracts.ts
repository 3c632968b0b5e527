/** What is known of every configured arm, without opening any. */
import { ARM_SETTINGS, type ArmSettings, BUILT_IN_ARMS } from '../../contract/index.ts';
import type { ArmContract, ConfiguredArm, Screening } from '../../ports/arm.ts';
import { ArmConfigurationInvalid } from './arm-errors.ts';
import { generalistContract } from './generalist.ts';
import { greenlightContract } from './greenlight.ts';
import { inputCheckOf } from './input-schema.ts';
import { probeContract } from './probe.ts';

/** The built-in arms and the configured ones, by name. @throws ArmConfigurationInvalid */
export function configuredArms(arms: { readonly [name: string]: ArmSettings }): ReadonlyMap<string, ConfiguredArm> {
  const all = new Map<string, ArmSettings>();
  for (const type of BUILT_IN_ARMS) all.set(type, ARM_SETTINGS[type].parse({ type }));
  for (const [name, settings] of Object.entries(arms)) all.set(name, settings);
  const configured = new Map(
    [...all].map(([name, settings]) => [name, { settings, contract: contractOf(name, settings) }]),
  );
  for (const { contract } of configured.values()) refuseLaxFallbacks(contract, configured);
  return configured;
}

/** A task is screened once, as its first arm has it: by report alone, it must not reach an arm that has it enforced. */
function refuseLaxFallbacks(
  { name, screening, fallback = [] }: ArmContract,
  arms: ReadonlyMap<string, ConfiguredArm>,
): void {
  if (screening === 'enforce') return;
  const stricter = fallback.find((other) => arms.get(other)?.contract.screening === 'enforce');
  if (stricter === undefined) return;
  throw new ArmConfigurationInvalid(
    name,
    `its texts are screened by report, and its fallback "${stricter}" has them enforced; set /arms/${name}/screening to enforce, or /arms/${stricter}/screening to report`,
  );
}

function contractOf(name: string, settings: ArmSettings): ArmContract {
  const base = baseOf(settings);
  const { inputSchema, fallback } = settings;
  const check = inputSchema === undefined ? null : inputCheckOf(name, inputSchema);
  return {
    ...base,
    name,
    type: settings.type,
    ...(inputSchema === undefined ? {} : { inputSchema }),
    fallback,
    checkInput: (input) => [...base.checkInput(input), ...(check?.(input) ?? [])],
  };
}

/** Texts that reach a model, a program or a third party are screened by enforcement; code is not, nor are scenarios, which may be
 * attacks on purpose. */
const SCREENING: { readonly [type in ArmSettings['type']]: Screening } = {
  generalist: 'enforce',
  greenlight: 'report',
  http: 'enforce',
  module: 'enforce',
  probe: 'report',
  process: 'enforce',
};

function baseOf({ type, screening = SCREENING[type] }: ArmSettings): ArmContract {
  switch (type) {
    case 'greenlight':
      return greenlightContract(screening);
    case 'generalist':
      return generalistContract(screening);
    case 'probe':
      return probeContract(screening);
    case 'process':
    case 'http':
    case 'module':
      return { name: type, screening, checkInput: () => [] };
  }
}
