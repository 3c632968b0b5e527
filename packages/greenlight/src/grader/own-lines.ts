import type { ProgramError } from '../sandbox/port.ts';

/** What drivers call the code of an assertion where an error names its file. */
const TEST_FILE = '<test>';

/** Whether an error arose in a test's own code, with no line of the learner's in between. */
export function isInTest(error: ProgramError): boolean {
  return error.file === TEST_FILE || (error.file === undefined && error.line === undefined);
}

/** The learner's own line that an error names, as ` at line 3`; empty where it names none. */
export function atOwnLine(error: ProgramError): string {
  return error.line === undefined || isInTest(error) ? '' : ` at line ${error.line}`;
}
