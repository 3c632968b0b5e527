/**
 * The process arm: any program, one JSON object on its stdin, one on its stdout (contract/arm-exchange.ts). Its stderr is
 * its log, line by line; a line `{"type": "progress", …}` tells how far it has come.
 *
 * By default each attempt has a process (and process group) of its own, which is gone when the attempt ends. With `serve`
 * the program is kept and asked line by line; an attempt that is stopped takes its process with it.
 */
import {
  BASE_VARIABLES,
  type LineRequestOptions,
  type LineResult,
  LineWorkerPool,
  messageOf,
  programTrouble,
  runProcess,
} from '@switchyard/core';
import { type ArmRequest, type ArmSettingsOf, armProgressSchema, type JsonValue } from '../../contract/index.ts';
import type { Arm, ArmContract, Work } from '../../ports/arm.ts';
import type { Logger } from '../../ports/logger.ts';
import { ArmAnswerTooLarge, ArmNotStartable, ArmProcessDied } from './arm-errors.ts';
import { checkInStep, requestOf, resultOf } from './exchange.ts';
import { type ToldUsage, toldUsage } from './told-usage.ts';

/** The deadline comes as the work's signal; a process that outlives even that is ended by this. */
const BACKSTOP_MS = 10_000;
const BYTES_A_MB = 1_048_576;
/** Shorter values would blot out half of every log line, and are no secrets. */
const SHORTEST_SECRET = 6;

export interface ProcessArmOptions {
  readonly contract: ArmContract;
  readonly settings: ArmSettingsOf<'process'>;
  readonly concurrency: number;
  readonly logger: Logger;
  /** Where the variables that it may see are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Between being asked to end and being killed. Default 5,000 ms. */
  readonly graceMs?: number;
}

export interface ProcessArm extends Arm {
  /** Ends the programs that are kept for the next attempt. */
  close(): Promise<void>;
}

export function createProcessArm(options: ProcessArmOptions): ProcessArm {
  const { contract, settings, concurrency, logger } = options;
  const program = settings.serve ? keptProgram(options) : freshProgram(options);
  const missing = (): string | null =>
    programTrouble(settings.command[0] ?? '', { cwd: settings.cwd, path: options.env['PATH'] });
  /** Of the last attempt to start it, where only the attempt could tell. */
  let failure: string | null = null;
  return {
    ...contract,
    concurrency,
    problem: () => missing() ?? failure,
    close: () => program.close(),
    run: async (work) => {
      const asked = requestOf(work);
      const over = new AbortController();
      const signal = AbortSignal.any([work.signal, over.signal]);
      const usage = toldUsage({ arm: contract.name, meter: work.meter, stop: (reason) => over.abort(reason) });
      const result = await program.ask(asked, {
        timeLimitMs: Math.max(0, work.deadline.getTime() - Date.now()) + BACKSTOP_MS,
        signal,
        onStderrLine: (line) => tell(line, { ...work, usage }, contract.name, logger),
      });
      failure = result.status === 'spawn-failed' && missing() === null ? result.message : null;
      try {
        const answer = resultOf(contract.name, answerOf(contract.name, result, settings, signal), asked);
        usage.hearAnswer(answer);
        await usage.counted();
        const { overBudget } = usage.whole();
        return { ...answer, ...(overBudget !== undefined && { overBudget }) };
      } catch (error) {
        throw await usage.failureOf(error, work.signal);
      }
    },
  };
}

/** The program, however it is kept: one line of JSON in, its answer out. */
interface Program {
  ask(asked: ArmRequest, limits: LineRequestOptions): Promise<LineResult>;
  close(): Promise<void>;
}

/** A process for each question. */
function freshProgram({ settings, env, graceMs }: ProcessArmOptions): Program {
  const [command = '', ...args] = settings.command;
  return {
    ask: (asked, limits) =>
      runProcess(command, args, {
        ...limits,
        ...childOptionsOf(settings, env, graceMs),
        stdin: `${JSON.stringify(asked)}\n`,
        maxStdoutBytes: settings.maxOutputMb * BYTES_A_MB,
      }),
    close: async () => undefined,
  };
}

/** Processes that are asked many times, one question at a time each; one that misbehaves is replaced. */
function keptProgram({ contract, settings, env, graceMs, concurrency }: ProcessArmOptions): Program {
  const [command = '', ...args] = settings.command;
  const pool = new LineWorkerPool(command, [...args, '--serve'], {
    ...childOptionsOf(settings, env, graceMs),
    size: concurrency,
    maxAnswerBytes: settings.maxOutputMb * BYTES_A_MB,
  });
  return {
    ask: (asked, limits) =>
      pool.request(JSON.stringify(asked), {
        ...limits,
        checkAnswer: (line) => checkInStep(contract.name, line, asked),
      }),
    close: () => pool.close(),
  };
}

function childOptionsOf(
  settings: ArmSettingsOf<'process'>,
  env: ProcessArmOptions['env'],
  graceMs: number | undefined,
) {
  return {
    cwd: settings.cwd,
    graceMs,
    environment: { source: env, allow: [...BASE_VARIABLES, ...settings.env] },
    secrets: secretsOf(settings, env),
  };
}

/** The values of the variables that it was let see: it may print them, nobody may read them. */
function secretsOf(
  { env: names }: ArmSettingsOf<'process'>,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  return names.flatMap((name) => {
    const value = env[name];
    return value !== undefined && value.length >= SHORTEST_SECRET ? [value] : [];
  });
}

/** A progress line goes to whoever watches the task, any other to the log. */
function tell(
  line: string,
  work: Pick<Work, 'task' | 'progress'> & { readonly usage: ToldUsage },
  arm: string,
  logger: Logger,
): void {
  const progress = progressOf(line);
  if (progress === null) logger.info({ arm, task: work.task.id, line }, 'said by the program of an arm');
  else {
    work.usage.hearStep(progress);
    work.progress(progress);
  }
}

function progressOf(line: string): JsonValue | null {
  if (!line.startsWith('{')) return null;
  try {
    const parsed = armProgressSchema.safeParse(JSON.parse(line));
    if (!parsed.success) return null;
    const { type: _, ...progress } = parsed.data;
    return progress;
  } catch {
    return null;
  }
}

/** Its stdout, where it ended well. @throws why not, or the signal's reason */
function answerOf(
  arm: string,
  result: LineResult,
  { maxOutputMb, serve }: ArmSettingsOf<'process'>,
  signal: AbortSignal,
): string {
  switch (result.status) {
    case 'answered':
      return result.line;
    case 'exited':
      // A kept program that ends instead of answering has died, whatever its exit code.
      if (result.exitCode === 0 && !serve) return result.stdout;
      throw new ArmProcessDied(arm, `ended with exit code ${result.exitCode}`, result.stderr);
    case 'signalled':
      throw new ArmProcessDied(arm, `was ended by ${result.signal}`, result.stderr);
    case 'output-limit':
      throw new ArmAnswerTooLarge(arm, maxOutputMb);
    case 'spawn-failed':
      throw new ArmNotStartable(arm, result.message);
    case 'timed-out':
      throw new ArmProcessDied(arm, 'was still at work when its time was over', result.stderr);
    case 'aborted':
      throw signal.reason instanceof Error ? signal.reason : new Error(messageOf(signal.reason));
  }
}
