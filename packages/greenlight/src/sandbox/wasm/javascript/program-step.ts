/** The entry file run as a program of its own, until nothing of it is left to run. */

import type { BoxVerdict } from '../../harness/verdict.ts';
import type { ProgramError, Step } from '../../port.ts';
import { StepEnded } from './step-ended.ts';
import type { StepRun } from './step-run.ts';

export function performProgram(run: StepRun, step: Extract<Step, { kind: 'program' }>): BoxVerdict {
  const node = run.enterNode(step);
  try {
    run.evaluateEntry();
    run.drain();
  } catch (error) {
    if (!(error instanceof StepEnded) || error.verdict.kind !== 'raised' || run.exitCode !== undefined) throw error;
    run.complain(`${uncaught(error.verdict.error)}\n`);
    return { kind: 'exited', exitCode: 1, error: error.verdict.error };
  }
  return { kind: 'exited', exitCode: run.exitCode ?? run.numberOf(run.callOn(node, 'exitCode')) };
}

function uncaught({ type, message, file, line }: ProgramError): string {
  const place = file === undefined || line === undefined ? '' : `\n    at ${file}:${line}`;
  return `Uncaught ${type}${message === '' ? '' : `: ${message}`}${place}`;
}
