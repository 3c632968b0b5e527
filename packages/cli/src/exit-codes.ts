/** What the exit status of every command means. */
import { SwitchyardError } from '@switchyard/core';

export const EXIT = {
  done: 0,
  error: 1,
  usage: 2,
  /** Not allowed, or blocked by the screen. */
  refused: 4,
  /** The watched work failed, or a grade is below 1. */
  failed: 5,
  /** Still pending when --timeout ran out. */
  pending: 8,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The words of the command or a setting; one, too, that only shows to be wrong when what it is for is made. */
const WRONG_WORDS: ReadonlySet<string> = new Set([
  'usage',
  'config_invalid',
  'arm_configuration_invalid',
  'arm_unknown',
  'script_invalid',
  'secret_key_missing',
  'worker_setting_invalid',
]);

/** The exit status that an error ends a command with. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof SwitchyardError)) return EXIT.error;
  if (WRONG_WORDS.has(error.code)) return EXIT.usage;
  if (error.code === 'interrupted') return EXIT.interrupted;
  if (error.code === 'still_pending') return EXIT.pending;
  return error.kind === 'refused' ? EXIT.refused : EXIT.error;
}
