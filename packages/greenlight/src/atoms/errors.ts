import { SwitchyardError } from '@switchyard/core';

/** A file of atoms, or an answer to one, could not be read. */
export class AtomsUnreadable extends SwitchyardError {
  /** What is wrong, for whoever has the file's name already. */
  readonly detail: string;

  constructor(path: string, reason: string, options?: { cause?: unknown }) {
    const detail = `cannot be read: ${reason}`;
    super('atoms_unreadable', 'invalid', `"${path}" ${detail}`, options);
    this.detail = detail;
  }
}

/** A file of atoms is not JSON. */
export class AtomsNotJson extends SwitchyardError {
  /** What is wrong, for whoever has the file's name already. */
  readonly detail: string;

  constructor(what: string, reason: string, options?: { cause?: unknown }) {
    const detail = `is not JSON: ${reason}; it may be a deck or an atom in JSON`;
    super('atoms_not_json', 'invalid', `${what} ${detail}`, options);
    this.detail = detail;
  }
}
