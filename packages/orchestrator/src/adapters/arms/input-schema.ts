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

function fieldErrorOf({ instancePath, keyword, params, message = 'is wrong', data }: ErrorObject): FieldError {
  const missing: unknown = keyword === 'required' ? Reflect.get(params, 'missingProperty') : undefined;
  if (typeof missing === 'string') return { pointer: `${instancePath}/${pointerToken(missing)}`, detail: 'is missing' };
  const values: unknown = keyword === 'enum' ? Reflect.get(params, 'allowedValues') : undefined;
  const may = Array.isArray(values) ? `${message}: ${values.map(String).join(', ')}` : message;
  const extra: unknown = keyword === 'additionalProperties' ? Reflect.get(params, 'additionalProperty') : undefined;
  if (typeof extra === 'string')
    return { pointer: `${instancePath}/${pointerToken(extra)}`, detail: 'is not a field of this input' };
  return { pointer: instancePath, detail: `${may}; it was ${shownValue(data)}` };
}
