/**
 * The dialogue of one shell box: a job's files, then its programs, each in a shell of its own.
 *
 * The shell is data to this thread: what it may use is bounded by the interpreter's own limits, by the thread's heap, and by the
 * pool, which ends the thread.
 */
import { Bash } from 'just-bash/browser';
import type { BoxVerdict } from '../../harness/verdict.ts';
import type { ProgramError, Step } from '../../port.ts';
import type { BoxCommand } from '../box-messages.ts';
import { FLOOD_BYTES, MIB } from '../limits.ts';
import { OutputWriter } from '../output.ts';

const ROOT = '/box';
/** Commands and loop rounds; the time limit is what ends a loop. */
const MOST_COMMANDS = 1_000_000_000;
/** What the interpreter exits with when one of its limits is reached. */
const LIMIT_EXIT_CODE = 126;

type Begin = Extract<BoxCommand, { kind: 'begin' }>;

export class ShellMachine {
  #job: Begin | undefined;

  /** Loads what a first command loads. */
  async warm(): Promise<void> {
    await newShell({}, 1).exec('echo a | grep a | sort | wc -l; x=1; [[ $x -eq 1 ]] && cat /dev/null');
  }

  async answer(command: BoxCommand): Promise<BoxVerdict> {
    if (command.kind === 'begin') {
      this.#job = command;
      const error = syntaxErrorIn(command.files[command.entrypoint] ?? '', command.entrypoint);
      return error === undefined ? { kind: 'began' } : { kind: 'syntax-error', error };
    }
    const { step } = command;
    const job = this.#job;
    if (job === undefined || step.kind !== 'program') {
      return { kind: 'lost', reason: `a ${step.kind} step came to a box that runs programs` };
    }
    return runProgram(job, step, new OutputWriter(command.output));
  }
}

async function runProgram(
  job: Begin,
  step: Extract<Step, { kind: 'program' }>,
  output: OutputWriter,
): Promise<BoxVerdict> {
  const shell = newShell({ ...job.files, ...step.files }, job.memoryMb);
  const words = [`./${job.entrypoint}`, ...(step.args ?? [])].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const { stdout, stderr, exitCode } = await shell.exec(`bash ${words.join(' ')}`, { stdin: step.stdin ?? '' });
  const encoder = new TextEncoder();
  const isKept = [stdout, stderr].map((text, stream) => output.write(stream === 0 ? 0 : 1, encoder.encode(text)));
  if (isKept.includes(false)) return { kind: 'output-limit' };
  if (exitCode === LIMIT_EXIT_CODE) {
    if (/output size|maxOutputSize/i.test(stderr)) return { kind: 'output-limit' };
    if (/maxLiveBytes|maxFileSystemBytes|maxStringLength|memory/.test(stderr)) return { kind: 'out-of-memory' };
  }
  return { kind: 'exited', exitCode: exitCode & 0xff };
}

function newShell(sources: { readonly [path: string]: string }, memoryMb: number): Bash {
  const bytes = memoryMb * MIB;
  return new Bash({
    files: Object.fromEntries(Object.entries(sources).map(([path, text]) => [`${ROOT}/${path}`, text])),
    cwd: ROOT,
    env: { HOME: ROOT, LANG: 'C.UTF-8', TZ: 'UTC' },
    executionLimits: {
      maxCommandCount: MOST_COMMANDS,
      maxLoopIterations: MOST_COMMANDS,
      maxAwkIterations: MOST_COMMANDS,
      maxSedIterations: MOST_COMMANDS,
      maxWorkUnits: MOST_COMMANDS,
      maxCallDepth: 500,
      maxOutputSize: FLOOD_BYTES,
      maxLiveBytes: bytes,
      maxFileSystemBytes: bytes,
    },
  });
}

/** What the parser says of a source before any of it runs. */
function syntaxErrorIn(source: string, file: string): ProgramError | undefined {
  try {
    newShell({}, 1).transform(source);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ParseException') return undefined;
    const [, line, column, message] = /^Parse error at (\d+):(\d+): ([^]*)$/.exec(error.message) ?? [];
    return {
      type: 'SyntaxError',
      message: message ?? error.message,
      file,
      ...(line === undefined ? {} : { line: Number(line), column: Number(column) }),
    };
  }
}
