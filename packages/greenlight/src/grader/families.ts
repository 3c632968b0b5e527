import type { Expected } from '../contract/expected.ts';
import type { Language, Value } from '../sandbox/port.ts';

/** Kinds of value that a learner tells apart; numbers are one kind, as are lists and tuples. */
export type Family = 'nothing' | 'boolean' | 'number' | 'string' | 'bytes' | 'list' | 'set' | 'map' | 'object';

/** What each language calls them, with the article. */
export function familyNames(language: Language): FamilyNames {
  return language === 'python' ? PYTHON : JAVASCRIPT;
}

type FamilyNames = { readonly [family in Family]: string };

const PYTHON: FamilyNames = {
  nothing: 'None',
  boolean: 'a bool',
  number: 'a number',
  string: 'a str',
  bytes: 'bytes',
  list: 'a list',
  set: 'a set',
  map: 'a dict',
  object: 'an instance',
};

const JAVASCRIPT: FamilyNames = {
  nothing: 'null or undefined',
  boolean: 'a boolean',
  number: 'a number',
  string: 'a string',
  bytes: 'bytes',
  list: 'an array',
  set: 'a Set',
  map: 'an object',
  object: 'an instance',
};

export function familyOf(value: Expected | Value): Family {
  switch (value.type) {
    case 'null':
    case 'undefined':
      return 'nothing';
    case 'number':
    case 'integer':
    case 'float':
      return 'number';
    case 'sequence':
    case 'list':
    case 'tuple':
      return 'list';
    case 'opaque':
      return 'object';
    case 'boolean':
    case 'string':
    case 'bytes':
    case 'set':
    case 'map':
      return value.type;
  }
}
