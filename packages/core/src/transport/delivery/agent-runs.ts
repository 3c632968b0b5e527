/**
 * Which run of the agent is going on.
 *
 * Owns the present run, the identity of the next and the schema guard. Leaves what a run is to `AgentRun`.
 *
 * At most one run is going on. What belongs to a run is emitted while it is; without one, one is started as configured.
 */
import type { AgentFinishAction } from '../../queue/actions.ts';
import type { AgentIdentity } from '../http-transport-config.ts';
import { AgentRun } from './agent-run.ts';
import { SchemaGuard } from './schema-guard.ts';
import { type ActionSource, timestamp } from './span-actions.ts';

const DEFAULT_IDENTIFIER = 'default';

export class AgentRuns {
  readonly guard = new SchemaGuard();
  readonly #identity: AgentIdentity;
  readonly #source: ActionSource;
  #present: AgentRun | null = null;

  constructor(identity: AgentIdentity, source: ActionSource) {
    this.#identity = identity;
    this.#source = source;
  }

  /** The run that is going on; one begins if none is. Its schema is the one that its identifier has. */
  get present(): AgentRun {
    if (this.#present === null) {
      const identity = this.#complete({});
      this.#present = this.#make(identity, this.guard.unchangedSchemaFor(identity.agentIdentifier));
    }
    return this.#present;
  }

  /**
   * A new run, which is not going on yet. It takes over the termination of one that nothing was done in: somebody may
   * hold its signal already.
   *
   * @throws {AgentSchemaChanged}
   */
  prepare(given: AgentIdentity): AgentRun {
    const identity = this.#complete(given);
    const unused = this.#present?.isUsed === false ? this.#present.termination : undefined;
    return this.#make(identity, this.guard.schemaFor(identity.agentIdentifier), unused);
  }

  begin(run: AgentRun): void {
    this.#present = run;
  }

  /** Ends the run that is going on; null when there is none, or nothing was done in it. */
  end(status: AgentFinishAction['status']): { readonly run: AgentRun; readonly action: AgentFinishAction } | null {
    const run = this.#present;
    this.#present = null;
    if (run === null || !run.isUsed) return null;
    const action: AgentFinishAction = {
      type: 'agent-finish',
      timestamp: timestamp(this.#source.now(), this.#source),
      idempotency_key: this.#source.newKey(),
      ...(status === undefined ? {} : { status }),
    };
    return { run, action };
  }

  #complete(given: AgentIdentity): AgentIdentity & { readonly agentIdentifier: string } {
    const set = Object.entries(given).filter(([, value]) => value !== undefined);
    const identity: AgentIdentity = { ...this.#identity, ...Object.fromEntries(set) };
    return { ...identity, agentIdentifier: identity.agentIdentifier ?? DEFAULT_IDENTIFIER };
  }

  #make(
    identity: AgentIdentity & { readonly agentIdentifier: string },
    schema: AgentRun['schema'],
    termination?: AbortController,
  ): AgentRun {
    const { agentIdentifier, agentName = agentIdentifier, agentDescription = '', agentId, environmentId } = identity;
    return new AgentRun(
      {
        type: 'agent-start',
        ...(agentId === undefined ? {} : { agent_id: agentId }),
        ...(environmentId === undefined ? {} : { environment_id: environmentId }),
        agent_version: { external_identifier: agentIdentifier, name: agentName, description: agentDescription },
        timestamp: timestamp(this.#source.now(), this.#source),
        register_idempotency_key: this.#source.newKey(),
        idempotency_key: this.#source.newKey(),
      },
      schema,
      undefined,
      termination,
    );
  }
}
