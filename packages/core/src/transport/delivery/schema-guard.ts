/**
 * Keeps one identifier from meaning two schemas: a version of an agent is what it sends.
 *
 * 1. A schema belongs to the identifier under which an instance was first started with it.
 * 2. An instance that is started with another schema under the same identifier is refused; property order does not matter.
 */
import type { Json, JsonObject } from '../../json.ts';
import { AgentSchemaChanged } from './problems.ts';

/** Identifiers that are remembered; an agent has one for each of its versions. */
const MOST_IDENTIFIERS = 1_000;

interface RegisteredSchema {
  readonly schema: JsonObject;
  readonly canonical: string;
}

export class SchemaGuard {
  readonly #schemaOf = new Map<string, RegisteredSchema | null>();
  #current: RegisteredSchema | null = null;

  /** The schema of the instances that start from now on. */
  register(schema: JsonObject): void {
    this.#current = { schema, canonical: canonical(schema) };
  }

  /**
   * The schema for an instance that starts under this identifier.
   *
   * @throws {AgentSchemaChanged}
   */
  schemaFor(agentIdentifier: string): JsonObject | undefined {
    const first = this.#schemaOf.get(agentIdentifier);
    if (first && first.canonical !== this.#current?.canonical) throw new AgentSchemaChanged(agentIdentifier);
    this.#schemaOf.delete(agentIdentifier);
    this.#schemaOf.set(agentIdentifier, this.#current);
    for (const oldest of this.#schemaOf.keys()) {
      if (this.#schemaOf.size <= MOST_IDENTIFIERS) break;
      this.#schemaOf.delete(oldest);
    }
    return this.#current?.schema;
  }

  /** The same, but a changed schema is not used: the identifier keeps the one that it had. */
  unchangedSchemaFor(agentIdentifier: string): JsonObject | undefined {
    return this.#schemaOf.get(agentIdentifier)?.schema ?? this.schemaFor(agentIdentifier);
  }
}

/** The same text for the same value, whatever the order of properties. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
