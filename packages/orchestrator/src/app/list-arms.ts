import type { ArmView } from '../contract/index.ts';
import { policyFor, redactedTypes } from '../domain/screening.ts';
import type { ArmContract } from '../ports/arm.ts';
import type { ArmAtWork, Store } from '../ports/store.ts';

export type ListArms = () => Promise<ArmView[]>;

/** Every arm that is configured here or worked for anywhere, by name, with how it stands over all nodes. */
export function createListArms(
  contracts: ReadonlyMap<string, ArmContract>,
  store: Pick<Store, 'armsAtWork' | 'backlog'>,
): ListArms {
  return async () => {
    const [atWork, backlog] = await Promise.all([store.armsAtWork(), store.backlog()]);
    const working = new Map(atWork.map((one) => [one.arm, one]));
    const waiting = new Map(backlog.map((one) => [one.arm, one]));
    return [...contracts.values()]
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((contract) => ({
        name: contract.name,
        type: contract.type ?? contract.name,
        screening: contract.screening,
        redacts: redactedTypes(policyFor(contract)),
        fallback: [...(contract.fallback ?? [])],
        input_schema: contract.inputSchema === undefined ? null : { ...contract.inputSchema },
        ...standingOf(working.get(contract.name)),
        waiting: waiting.get(contract.name)?.depth ?? 0,
        oldest_waiting_seconds: Math.round(waiting.get(contract.name)?.oldestAgeSeconds ?? 0),
      }));
  };
}

function standingOf(working: ArmAtWork | undefined): Pick<ArmView, 'health' | 'problems' | 'nodes' | 'slots'> {
  if (working === undefined) {
    return {
      health: 'unattended',
      problems: ['no node works for it; start one: switchyard worker'],
      nodes: 0,
      slots: 0,
    };
  }
  const { nodes, slots, problems } = working;
  return { health: problems.length === 0 ? 'healthy' : 'troubled', problems: [...problems], nodes, slots };
}
