/** Inputs against the JSON Schema that the configuration gives an arm. */
import { type JsonObject, messageOf, pointerToken } from '@switchyard/core';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { FieldError, JsonValue } from '../../contract/index.ts';
import { shownValue } from '../../domain/shown-value.ts';
import { ArmConfigurationInvalid } from './arm-errors.ts';

const ERRORS_LIMIT = 20;

/**
 * @returns what is wrong with an input, field by field; empty when it fits
 * @throws ArmConfigurationInvalid when the schema is none
 */
export function inputCheckOf(arm: string, schema: JsonObject): (input: JsonValue) => FieldError[] {
  // Formats beside the standard's own words are notes, as the specification has them by default.
  const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false, verbose: true, logger: false });
  try {
    const check = ajv.compile(schema);
    return (input) => (check(input) ? [] : (check.errors ?? []).slice(0, ERRORS_LIMIT).map(fieldErrorOf));
  } catch (error) {
    throw new ArmConfigurationInvalid(arm, `its inputSchema is no JSON Schema: ${messageOf(error)}`, { cause: error });
  }
}

function fieldErrorOf(error: ErrorObject): FieldError {
  const { instancePath, keyword, params, message = 'is wrong', data, parentSchema } = error;
  const param = (name: string): unknown => Reflect.get(params, name);
  const missing = keyword === 'required' ? param('missingProperty') : undefined;
  if (typeof missing === 'string') {
    const may = typeWords(inside(inside(inside(parentSchema, 'properties'), missing), 'type'));
    const detail = may === undefined ? 'is missing' : `is missing; it may be ${may}`;
    return { pointer: `${instancePath}/${pointerToken(missing)}`, detail };
  }
  const extra = keyword === 'additionalProperties' ? param('additionalProperty') : undefined;
  if (typeof extra === 'string')
    return { pointer: `${instancePath}/${pointerToken(extra)}`, detail: 'is not a field of this input' };
  return { pointer: instancePath, detail: `${mustBe(keyword, param, message)}; it was ${shownValue(data)}` };
}

function mustBe(keyword: string, param: (name: string) => unknown, message: string): string {
  const values = keyword === 'enum' ? param('allowedValues') : undefined;
  if (Array.isArray(values)) return `${message}: ${values.map(String).join(', ')}`;
  const type = keyword === 'type' ? typeWords(param('type')) : undefined;
  return type === undefined ? message : `must be ${type}`;
}

const TYPE_WORDS = new Map<unknown, string>([
  ['array', 'an array'],
  ['object', 'an object'],
  ['string', 'a string'],
  ['number', 'a number'],
  ['integer', 'a whole number'],
  ['boolean', 'true or false'],
  ['null', 'null'],
]);

/** A schema's `type`, one or a list, as the other errors of a request say it; undefined where it has none. */
function typeWords(type: unknown): string | undefined {
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  const words = types.flatMap((one) => TYPE_WORDS.get(one) ?? []);
  return words.length === 0 ? undefined : words.join(' or ');
}

function inside(schema: unknown, key: string): unknown {
  return typeof schema === 'object' && schema !== null && Object.hasOwn(schema, key)
    ? Reflect.get(schema, key)
    : undefined;
}
