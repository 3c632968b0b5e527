/** A running system as its user sees it, and what it is started with. */
import type { SwitchyardError } from '@switchyard/core';
import type { Config } from './config.ts';
import type { Logger } from './ports/logger.ts';
import type { Reloaded } from './reload.ts';
import type { SystemPart } from './system-parts.ts';

/** What a process can be: `api` takes tasks, `greenlight` takes atoms only, `worker` does tasks. */
export type Role = 'api' | 'greenlight' | 'worker';

export interface SystemOptions {
  readonly config: Config;
  readonly roles: readonly Role[];
  /** The arms that this process works for. Default: all. */
  readonly arms?: readonly string[];
  /** Whether it hands in what schedules make due; false for a system that is up for a moment only. Default true. */
  readonly schedules?: boolean;
  /** Default: pino at `config.logLevel` on stderr. */
  readonly logger?: Logger;
  /** Aborts the start. */
  readonly signal?: AbortSignal;
  /** For the programs of the embedded database. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface System {
  /** Null where it only works. */
  readonly url: string | null;
  /** For further processes of the same system. Holds the password: never print it. */
  readonly databaseUrl: string;
  readonly parts: readonly SystemPart[];
  /** Resolves when the system cannot go on; never rejects. */
  readonly failed: Promise<SwitchyardError>;
  /**
   * Takes the arms of this configuration, and says what else differs from the one that it was started with. Work goes on: what
   * runs ends with the arm that began it. @throws SwitchyardError saying what is wrong; nothing has changed then
   */
  reload(config: Config): Promise<Reloaded>;
  /**
   * Takes nothing more, lets running attempts end within `deadlineMs` (default 10,000), hands the rest back, closes
   * everything and stops the embedded database. Idempotent.
   */
  stop(options?: { readonly deadlineMs?: number }): Promise<void>;
}
