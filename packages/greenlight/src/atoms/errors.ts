import { SwitchyardError } from '@switchyard/core';

/** A file of atoms, or an answer to one, could not be read. */
export class AtomsUnreadable extends SwitchyardError {
  constructor(path: string, reason: string, options?: { cause?: unknown }) {
    super('atoms_unreadable', 'invalid', `"${path}" cannot be read: ${reason}`, options);
  }
}

/** A file of atoms is not JSON. */
export class AtomsNotJson extends SwitchyardError {
  constructor(what: string, reason: string, options?: { cause?: unknown }) {
    super('atoms_not_json', 'invalid', `${what} is not JSON: ${reason}; it may be a deck or an atom in JSON`, options);
  }
}
