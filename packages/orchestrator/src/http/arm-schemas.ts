/**
 * The inputs of arms in the document of the API: each schema by the arm's name, and a task as one of the arms take it. Made for
 * each reader, since a reload changes the arms while the routes stay.
 */
import { isJsonObject, type Json, type JsonObject } from '@switchyard/core';
import type { JsonValue } from '../contract/index.ts';
import type { ArmContract } from '../ports/arm.ts';

export type DocumentedArm = Pick<ArmContract, 'name' | 'inputSchema' | 'checkInput'>;

/** What POST /submit takes, as the schemas of the routes name it; everything that holds a task refers to it. */
const TASK = 'TaskInput';
/** The same before the arms have their say. */
const FIELDS = 'TaskFields';
const COMPONENTS = '#/components/schemas/';
/** What stands there is data, whatever it looks like. */
const DATA = new Set(['const', 'enum', 'default', 'examples']);
/** Below these stand schemas by names of others' choice. */
const NAMED = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);

/** @param defaultArm who gets a task that names none */
export function withArmSchemas(document: JsonObject, arms: Iterable<DocumentedArm>, defaultArm: string): JsonObject {
  const components = document['components'];
  const schemas = isJsonObject(components) ? components['schemas'] : undefined;
  const fields = isJsonObject(schemas) ? schemas[TASK] : undefined;
  const known = [...arms].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (!isJsonObject(components) || !isJsonObject(schemas) || fields === undefined || known.length === 0)
    return document;
  const inputs = known.flatMap((arm) =>
    arm.inputSchema === undefined ? [] : [[inputName(arm), embedded(arm.inputSchema, inputName(arm))] as const],
  );
  const tasks = known.map((arm) => [taskName(arm), taskFor(arm, defaultArm)] as const);
  const added: JsonObject = {
    [FIELDS]: fields,
    [TASK]: { oneOf: tasks.map(([name]) => referenceTo(name)) },
    ...Object.fromEntries<Json>([...tasks, ...inputs]),
  };
  return { ...document, components: { ...components, schemas: { ...schemas, ...added } } };
}

const inputName = ({ name }: DocumentedArm): string => `ArmInput.${name}`;
const taskName = ({ name }: DocumentedArm): string => `Task.${name}`;
const referenceTo = (name: string): JsonObject => ({ $ref: `${COMPONENTS}${name}` });

function taskFor(arm: DocumentedArm, defaultArm: string): JsonObject {
  const isDefault = arm.name === defaultArm;
  const who = {
    properties: { assigned_arm: isDefault ? { enum: [arm.name, null] } : { const: arm.name } },
    required: isDefault ? [] : ['assigned_arm'],
  };
  if (arm.inputSchema === undefined) return { allOf: [referenceTo(FIELDS), who] };
  const input = {
    properties: { input: referenceTo(inputName(arm)) },
    // No input is null to an arm.
    required: arm.checkInput(null).length === 0 ? [] : ['input'],
  };
  // The input of a parent is its reducer's, and goes to it beside the results of its subtasks.
  return { allOf: [referenceTo(FIELDS), who, { anyOf: [input, { required: ['subtasks'] }] }] };
}

/** A schema that stood alone, as a part of a document: what in it refers to itself goes to where it is now. */
function embedded(
  { $schema: _dialect, $id: id, ...schema }: Readonly<Record<string, JsonValue>>,
  name: string,
): JsonValue {
  const own = typeof id === 'string' ? id.replace(/#$/, '') : '';
  return withReferences(schema, (reference) => {
    const local = own !== '' && reference.startsWith(own) ? reference.slice(own.length) || '#' : reference;
    return /^#(\/|$)/.test(local) ? `${COMPONENTS}${name}${local.slice(1)}` : reference;
  });
}

function withReferences(schema: JsonValue, moved: (reference: string) => string): JsonValue {
  if (Array.isArray(schema)) return schema.map((one) => withReferences(one, moved));
  if (!isJsonObject(schema)) return schema;
  const entries = Object.entries<JsonValue>({ ...schema }).map(([key, inner]): [string, JsonValue] => {
    if (key === '$ref' && typeof inner === 'string') return [key, moved(inner)];
    if (DATA.has(key)) return [key, inner];
    if (!NAMED.has(key) || !isJsonObject(inner)) return [key, withReferences(inner, moved)];
    const named = Object.entries<JsonValue>({ ...inner }).map(([one, of]): [string, JsonValue] => [
      one,
      withReferences(of, moved),
    ]);
    return [key, Object.fromEntries(named)];
  });
  return Object.fromEntries(entries);
}
