/**
 * Types of atom, by what is handed in: a program (`code_submission`, `debugging` from a starter with a fault in it, and their
 * other names), commands of a shell (`cli_task`), a patch to `files` (`diff_review`), what a program prints (`code_understanding`).
 */
export const ATOM_TYPES = [
  'code_submission',
  'sandboxed_code',
  'debugging',
  'debugging_fix',
  'cli_task',
  'diff_review',
  'code_understanding',
] as const;
export type AtomType = (typeof ATOM_TYPES)[number];

/** What is handed in is itself run. */
export function isProgramAnswer(atomType: AtomType): boolean {
  return atomType !== 'diff_review' && atomType !== 'code_understanding';
}
