import { SwitchyardError } from '@switchyard/core';
import type { Issue } from '../contract/invalid-atom.ts';

/** A report of another test runner is not in the form that was named. Holds at least one issue. */
export class ReportInvalid extends SwitchyardError {
  readonly issues: readonly Issue[];

  constructor(format: string, issues: readonly Issue[]) {
    const [first] = issues;
    const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
    const where = first === undefined ? '' : `: ${first.pointer || 'the document'} ${first.detail}${more}`;
    super('report_invalid', 'invalid', `this is no report of ${format}${where}`);
    this.issues = issues;
  }
}
