/** What is known of every configured arm, without opening any. */
import { ARM_SETTINGS, type ArmSettings, BUILT_IN_ARMS, type PiiTreatment } from '../../contract/index.ts';
import { laxType, policyOf } from '../../domain/screening.ts';
import type { ArmContract, ConfiguredArm, Screening } from '../../ports/arm.ts';
import { ArmConfigurationInvalid } from './arm-errors.ts';
import { generalistContract } from './generalist.ts';
import { greenlightContract } from './greenlight.ts';
import { inputCheckOf } from './input-schema.ts';
import { probeContract } from './probe.ts';

/**
 * The built-in arms and the configured ones, by name.
 *
 * @param piiForAll what is done about personal data where an arm says nothing of it
 * @throws ArmConfigurationInvalid
 */
export function configuredArms(
  arms: { readonly [name: string]: ArmSettings },
  piiForAll?: PiiTreatment,
): ReadonlyMap<string, ConfiguredArm> {
  const all = new Map<string, ArmSettings>();
  for (const type of BUILT_IN_ARMS) all.set(type, ARM_SETTINGS[type].parse({ type }));
  for (const [name, settings] of Object.entries(arms)) all.set(name, settings);
  const configured = new Map(
    [...all].map(([name, settings]) => [name, { settings, contract: contractOf(name, settings, piiForAll) }]),
  );
  for (const { contract } of configured.values()) refuseLaxFallbacks(contract, configured);
  return configured;
}

/** A task is screened once, as its first arm has it: what that one only reports must not reach an arm that does not let it through. */
function refuseLaxFallbacks(
  { name, policy, fallback = [] }: ArmContract,
  arms: ReadonlyMap<string, ConfiguredArm>,
): void {
  for (const other of fallback) {
    const stricter = arms.get(other)?.contract.policy;
    const type = policy === undefined || stricter === undefined ? null : laxType(policy, stricter);
    if (type === null) continue;
    throw new ArmConfigurationInvalid(
      name,
      `it only reports findings of type ${type}, and its fallback "${other}" does not let them through; set /arms/${name}/screening to enforce, or /arms/${other}/screening to report`,
    );
  }
}

function contractOf(name: string, settings: ArmSettings, piiForAll: PiiTreatment | undefined): ArmContract {
  const base = baseOf(settings);
  const { inputSchema, fallback } = settings;
  const check = inputSchema === undefined ? null : inputCheckOf(name, inputSchema);
  return {
    ...base,
    name,
    type: settings.type,
    policy: policyOf(SCREENING[settings.type], settings.screening, piiForAll),
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

function baseOf({ type, screening: { mode: screening = SCREENING[type] } = {} }: ArmSettings): ArmContract {
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
