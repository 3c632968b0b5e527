/** What of a system is on, what is off or in trouble, and why: the lines of the banner. */
import type { Config } from './config.ts';
import { policyFor, redactedTypes } from './domain/screening.ts';
import type { Arm, ArmContract } from './ports/arm.ts';
import type { Screen } from './ports/screen.ts';

export interface SystemPart {
  readonly name: string;
  /** `troubled`: it is on and cannot do its work; `detail` says why. */
  readonly state: 'on' | 'off' | 'troubled';
  readonly detail: string;
}

export interface DescribedSystem {
  readonly databaseDetail: string;
  readonly url: string | null;
  readonly screen: Screen;
  readonly contracts: ReadonlyMap<string, ArmContract>;
  readonly arms: readonly Arm[];
  /** Whether its API takes tasks, and whether it speaks the handoff protocol. */
  readonly speaks: readonly [tasks: boolean, greenlight: boolean];
  readonly config: Config;
  /** Titles of the providers whose key is there. */
  readonly providers: readonly string[];
}

export function describeParts(system: DescribedSystem): SystemPart[] {
  const { databaseDetail, url, screen, contracts, arms, speaks } = system;
  const protocols = ['REST and events', 'the handoff protocol'].filter((_, index) => speaks[index]).join(', ');
  const armParts = [...contracts.values()].map((contract) => {
    const arm = arms.find((one) => one.name === contract.name);
    return armPart(contract, arm, system);
  });
  return [
    { name: 'database', state: 'on', detail: databaseDetail },
    {
      name: 'api',
      state: url === null ? 'off' : 'on',
      detail: url === null ? 'not in this process' : `${protocols}; no token needed on loopback`,
    },
    { name: 'screen', state: 'on', detail: `reflex ${screen.description}` },
    ...armParts,
    { name: 'dashboard', state: 'off', detail: 'not in this version' },
  ];
}

function armPart(contract: ArmContract, arm: Arm | undefined, system: DescribedSystem): SystemPart {
  const { name, screening } = contract;
  if (arm === undefined) return { name, state: 'off', detail: 'not in this process; `switchyard worker` does it' };
  const problem = arm.problem();
  if (problem !== null) return { name, state: 'troubled', detail: problem };
  const redacts = redactedTypes(policyFor(contract)).length > 0 ? ', redacts' : '';
  const detail = `${doingOf(contract, system)}, ${arm.concurrency} at once; its texts are screened (${screening}${redacts})`;
  return { name, state: 'on', detail };
}

/** What an arm does, in words for the banner. A command may hold secrets in its arguments: only the program is named. */
function doingOf({ name, type = name }: ArmContract, { config, providers }: DescribedSystem): string {
  const settings = config.arms[name];
  switch (settings?.type) {
    case 'process':
      return `runs ${settings.command[0]}`;
    case 'http':
      return `asks ${new URL(settings.url).host}`;
    case 'module':
      return `the module ${settings.module}`;
    case 'generalist':
      if (settings.model !== undefined) return `asks ${settings.model}`;
      break;
    case 'greenlight':
    case 'probe':
    case undefined:
  }
  if (type === 'greenlight') return 'Python, JavaScript, TypeScript, shell and SQL in the wasm sandbox';
  if (type === 'probe') {
    return providers.length === 0
      ? 'conversations with the scripted model; no key of a provider is set'
      : `conversations with the models of ${providers.join(', ')}`;
  }
  return `the scripted model${config.scriptFile === undefined ? '' : ` from ${config.scriptFile}`}, no provider is asked`;
}
