/**
 * The process arm: any program, one JSON object on its stdin, one on its stdout (contract/arm-exchange.ts). Its stderr is
 * its log, line by line; a line `{"type": "progress", …}` tells how far it has come.
 *
 * Owns nothing between attempts: each has a process (and process group) of its own, which is gone when the attempt ends.
 */
import { BASE_VARIABLES, messageOf, type ProcessResult, runProcess } from '@switchyard/core';
import { type ArmSettingsOf, armProgressSchema, type JsonValue } from '../../contract/index.ts';
import type { Arm, ArmContract, Work } from '../../ports/arm.ts';
import type { Logger } from '../../ports/logger.ts';
import { ArmAnswerTooLarge, ArmNotStartable, ArmProcessDied } from './arm-errors.ts';
import { requestOf, resultOf } from './exchange.ts';

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

export function createProcessArm(options: ProcessArmOptions): Arm {
  const { contract, settings, concurrency, logger, env, graceMs } = options;
  let problem: string | null = null;
  return {
    ...contract,
    concurrency,
    problem: () => problem,
    run: async (work) => {
      const asked = requestOf(work);
      const [command = '', ...args] = settings.command;
      const result = await runProcess(command, args, {
        timeLimitMs: Math.max(0, work.deadline.getTime() - Date.now()) + BACKSTOP_MS,
        cwd: settings.cwd,
        graceMs,
        environment: { source: env, allow: [...BASE_VARIABLES, ...settings.env] },
        stdin: `${JSON.stringify(asked)}\n`,
        maxStdoutBytes: settings.maxOutputMb * BYTES_A_MB,
        secrets: secretsOf(settings, env),
        onStderrLine: (line) => tell(line, work, contract.name, logger),
        signal: work.signal,
      });
      problem = result.status === 'spawn-failed' ? result.message : null;
      return resultOf(contract.name, answerOf(contract.name, result, settings, work.signal), asked);
    },
  };
}

/** The values of the variables that it was let see: it may print them, nobody may read them. */
export function secretsOf(
  { env: names }: ArmSettingsOf<'process'>,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  return names.flatMap((name) => {
    const value = env[name];
    return value !== undefined && value.length >= SHORTEST_SECRET ? [value] : [];
  });
}

/** A progress line goes to whoever watches the task, any other to the log. */
export function tell(line: string, work: Pick<Work, 'task' | 'progress'>, arm: string, logger: Logger): void {
  const progress = progressOf(line);
  if (progress === null) logger.info({ arm, task: work.task.id, line }, 'said by the program of an arm');
  else work.progress(progress);
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
  result: ProcessResult,
  { maxOutputMb }: ArmSettingsOf<'process'>,
  signal: AbortSignal,
): string {
  switch (result.status) {
    case 'exited':
      if (result.exitCode === 0) return result.stdout;
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
