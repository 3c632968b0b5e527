/**
 * Suggestions: rules over what happened in the shown tests, no model. A rule speaks only where its pattern is there, names
 * what to look at and never a value that was expected.
 */

import type { ProgramError } from '../../sandbox/port.ts';
import type { Program } from '../program.ts';
import type { JudgedTest } from '../test-results.ts';
import { gatherEvidence } from './evidence.ts';
import { RULES } from './rules.ts';

const MOST_SUGGESTIONS = 3;

/** At most three, those that the learner has lately needed first. */
export function suggestionsFor(
  judged: readonly JudgedTest[],
  program: Program,
  recentErrors: readonly string[],
): string[] {
  const evidence = gatherEvidence(judged, program);
  const recent = new Set(recentErrors.map((name) => name.toLowerCase().replaceAll(/[\s-]+/g, '_')));
  const ordered = RULES.toSorted((a, b) => Number(recent.has(b.name)) - Number(recent.has(a.name)));
  return ordered.flatMap((rule) => rule.suggest(evidence) ?? []).slice(0, MOST_SUGGESTIONS);
}

/** For a patch that does not fit. */
export const PATCH_SUGGESTION =
  'Make the patch anew against the files as they are given: every context line must stand there exactly so.';

/** For code that did not compile. */
export function syntaxSuggestions(error: ProgramError): string[] {
  const at = error.line === undefined ? '' : ` at line ${error.line}`;
  const before = error.line === undefined ? 'what stands before the place that the error names' : 'the line before it';
  return /^(?:Indentation|Tab)Error$/.test(error.type)
    ? [`Check the indentation${at}: every line of a block starts at the same column, by spaces or by tabs, not both.`]
    : [`Check the syntax${at}, and ${before}: an open bracket or quote is often reported late.`];
}
