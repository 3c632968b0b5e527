/** One step in one engine: the submission from its top, then what is asked of it, then what came out. */
import type { QuickJSContext } from 'quickjs-emscripten-core';
import type { BoxVerdict } from '../../harness/verdict.ts';
import type { ProgramError, Step } from '../../port.ts';
import type { BoxCommand } from '../box-messages.ts';
import { placeIn } from './errors.ts';
import { performProgram } from './program-step.ts';
import { looksLikeModule } from './sources.ts';
import { type StepParts, StepRun } from './step-run.ts';
import { performTestFile } from './test-file-step.ts';

type Begin = Extract<BoxCommand, { kind: 'begin' }>;

/** The first syntax error of a job's files, the entry file first; nothing of them runs. */
export function checkSyntax(context: QuickJSContext, job: Begin): ProgramError | undefined {
  const paths = Object.keys(job.files).sort(
    (left, right) => Number(right === job.entrypoint) - Number(left === job.entrypoint),
  );
  for (const path of paths) {
    if (path !== job.entrypoint && !/\.[cm]?[jt]s$/.test(path)) continue;
    const source = job.files[path] ?? '';
    const type = looksLikeModule(source) ? 'module' : 'global';
    const compiled = context.evalCode(source, path, { type, compileOnly: true });
    if (compiled.error === undefined) continue;
    const name = context.getProp(compiled.error, 'name').consume((handle) => context.getString(handle));
    const message = context.getProp(compiled.error, 'message').consume((handle) => context.getString(handle));
    const stack = context.getProp(compiled.error, 'stack').consume((handle) => context.getString(handle));
    // A file that needs more memory or stack to be compiled fails when it runs.
    if (name === 'SyntaxError') return { type: name, message, ...placeIn(stack, paths) };
  }
  return undefined;
}

/** Runs one step to its verdict. */
export function performStep(parts: StepParts): BoxVerdict {
  const run = new StepRun(parts);
  try {
    return performKind(run, parts.command.step);
  } catch (error) {
    return run.endOf(error);
  }
}

function performKind(run: StepRun, step: Step): BoxVerdict {
  switch (step.kind) {
    case 'call':
    case 'assertion':
      return run.perform(step);
    case 'program':
      return performProgram(run, step);
    case 'test-file':
      return performTestFile(run, step);
  }
}
