/**
 * Keeps one identifier from meaning two schemas: a version of an agent is what it sends.
 *
 * 1. A schema belongs to the identifier under which an instance was first started with it.
 * 2. An instance with another schema under the same identifier is refused; property order does not matter.
 */
import type { Json, JsonObject } from '../../json.ts';
import { AgentSchemaChanged } from './problems.ts';

/** Identifiers that are remembered; an agent has one for each of its versions. */
const MOST_IDENTIFIERS = 1_000;
const NO_SCHEMA = '';

export class SchemaGuard {
  readonly #schemaOf = new Map<string, string>();
  #schema: JsonObject | undefined;
  #canonical = NO_SCHEMA;

  /** The schema of the instances that start from now on. */
  register(schema: JsonObject): void {
    this.#schema = schema;
    this.#canonical = canonical(schema);
  }

  /**
   * The schema for an instance that starts under this identifier.
   *
   * @throws {AgentSchemaChanged}
   */
  schemaFor(agentIdentifier: string): JsonObject | undefined {
    const known = this.#schemaOf.get(agentIdentifier);
    if (known !== undefined && known !== NO_SCHEMA && known !== this.#canonical)
      throw new AgentSchemaChanged(agentIdentifier);
    this.#schemaOf.delete(agentIdentifier);
    this.#schemaOf.set(agentIdentifier, this.#canonical);
    for (const oldest of this.#schemaOf.keys()) {
      if (this.#schemaOf.size <= MOST_IDENTIFIERS) break;
      this.#schemaOf.delete(oldest);
    }
    return this.#schema;
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
