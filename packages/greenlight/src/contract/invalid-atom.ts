import { SwitchyardError } from '@switchyard/core';

/** More issues than this are counted, not listed: a reader mends the first ones first. */
const LISTED_ISSUES = 20;

/** One field that is wrong. */
export interface Issue {
  /** JSON Pointer (RFC 6901) to the field as the sender wrote it; empty for the whole document. */
  readonly pointer: string;
  /** What it was and what it may be, or what is wrong with it. */
  readonly detail: string;
}

/** An atom, a deck or a request to run one breaks its schema. Holds at least one issue and at most twenty. */
export class InvalidAtom extends SwitchyardError {
  readonly issues: readonly Issue[];

  constructor(what: string, issues: readonly Issue[]) {
    const listed = issues.slice(0, LISTED_ISSUES);
    const [first] = listed;
    const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
    const where = first === undefined ? '' : `: ${first.pointer || 'the document'} ${first.detail}${more}`;
    super('invalid_atom', 'invalid', `${what} is invalid${where}`);
    this.issues = listed;
  }
}
