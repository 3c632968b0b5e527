import { messageOf, SwitchyardError } from '@switchyard/core';
import type { FieldError, FindingView } from '@switchyard/orchestrator/contract';
import { printable, printableLine } from './printable.ts';
import type { Style } from './style.ts';

/** An error that has more to say is not for people. */
const MOST_LINES = 30;

/** What a server adds to an error: wrong fields, findings of the screen. */
interface Details {
  readonly errors?: readonly FieldError[] | undefined;
  readonly findings?: readonly FindingView[] | undefined;
  readonly request_id?: string | undefined;
}

/** An error for people: what happened, where, what to do. A fault of ours shows its class; a stack only with SWITCHYARD_DEBUG. */
export function renderError(error: unknown, style: Style, debug = false): string {
  const message = messageOf(error);
  const lines = [`${style.color.red('error:')} ${shortened(printable(message))}`];
  const details = detailsOf(error);
  for (const { pointer, detail } of details.errors ?? []) {
    // The message may be the first of them already.
    if (message.includes(detail)) continue;
    lines.push(`  ${printableLine(pointer === '' ? '(the body)' : pointer)}: ${printableLine(detail)}`);
  }
  for (const finding of details.findings ?? []) lines.push(`  ${renderFinding(finding)}`);
  if (error instanceof SwitchyardError && error.kind !== 'bug' && !debug) return lines.join('\n');
  if (details.request_id !== undefined) lines.push(style.color.dim(`  request ${printableLine(details.request_id)}`));
  if (debug && error instanceof Error) lines.push(style.color.dim(printable(error.stack ?? '')));
  else if (!(error instanceof SwitchyardError)) {
    lines.push(style.color.dim('  this is a fault of ours; SWITCHYARD_DEBUG=1 shows where'));
  }
  return lines.join('\n');
}

function shortened(text: string): string {
  const lines = text.split('\n');
  return lines.length <= MOST_LINES ? text : [...lines.slice(0, MOST_LINES), '…'].join('\n');
}

/** `SSN in /goal at 17`: what kind and where, never what. */
export function renderFinding({ type, field, position }: FindingView): string {
  return printableLine(`${type} in ${field} at ${position}`);
}

/** An ApiProblem's document, or the issues of an invalid atom: looked at by shape, so that printing an error loads neither. */
function detailsOf(error: unknown): Details {
  if (error instanceof Error && 'problem' in error && typeof error.problem === 'object' && error.problem !== null) {
    return error.problem;
  }
  if (error instanceof Error && 'issues' in error && Array.isArray(error.issues)) return { errors: error.issues };
  return {};
}
