import { SwitchyardError } from '@switchyard/core';

/** Who holds a data directory. */
export interface Holder {
  /** Process id of the holder; undefined when it did not answer. */
  readonly pid: number | undefined;
  /** ISO 8601 time at which it took the directory; undefined when it did not answer. */
  readonly since: string | undefined;
}

/** Another process runs on the same data directory. */
export class DataDirectoryInUse extends SwitchyardError {
  readonly holder: Holder;

  constructor(dataDir: string, holder: Holder) {
    const who =
      holder.pid === undefined
        ? 'another process that did not say who it is (it may run in another container)'
        : `process ${holder.pid} since ${holder.since ?? 'an unknown time'}`;
    super(
      'data_directory_in_use',
      'conflict',
      `the data directory ${dataDir} is in use by ${who}; stop that one first, or name another directory with --data-dir`,
    );
    this.holder = holder;
  }
}

/** A folder or file that the database needs cannot be made, read or written by the user who runs this process. */
export class DataDirectoryNotWritable extends SwitchyardError {
  constructor(path: string, advice: string, options?: { cause?: unknown }) {
    super('data_directory_not_writable', 'terminal', `${path} cannot be used for the database: ${advice}`, options);
  }
}

/** No space left where the database lies. */
export class DataDirectoryFull extends SwitchyardError {
  constructor(dataDir: string, detail: string, options?: { cause?: unknown }) {
    super(
      'data_directory_full',
      'terminal',
      `the disk that holds ${dataDir} is full; free some space and start again, nothing that was acknowledged is lost${detailOf(detail)}`,
      options,
    );
  }
}

/** The data were written by another major version of PostgreSQL, which cannot be opened as they are. */
export class DataDirectoryVersion extends SwitchyardError {
  constructor(dataDir: string, found: string, ours: string) {
    super(
      'data_directory_version',
      'conflict',
      `the data directory ${dataDir} was made by PostgreSQL ${found}, this is PostgreSQL ${ours}; ` +
        `dump it with the Switchyard that made it (pg_dump) and restore it here, or name another directory with --data-dir`,
    );
  }
}

/** What lies where the data should be is not a PostgreSQL data directory. */
export class DataDirectoryInvalid extends SwitchyardError {
  constructor(path: string, what: string) {
    super(
      'data_directory_invalid',
      'terminal',
      `${path} is not a usable PostgreSQL data directory (${what}); restore it from a backup, or move it away to begin with an empty one`,
    );
  }
}

/** `initdb` ended with an error. What it had made is removed. */
export class InitdbFailed extends SwitchyardError {
  constructor(dataDir: string, output: string) {
    super(
      'postgres_initdb_failed',
      'terminal',
      `PostgreSQL could not create its data in ${dataDir}; ${initdbAdvice(output)}${detailOf(output)}`,
    );
  }
}

/** The server ended, or did not take connections, before it was ready. */
export class PostgresStartFailed extends SwitchyardError {
  constructor(dataDir: string, what: string, lastLines: string, options?: { cause?: unknown }) {
    super(
      'postgres_start_failed',
      'terminal',
      `PostgreSQL on ${dataDir} ${what}; the lines below say why, or set DATABASE_URL to use another server${detailOf(lastLines)}`,
      options,
    );
  }
}

/** There are no binaries that run on this machine. */
export class PostgresUnsupportedPlatform extends SwitchyardError {
  constructor(platform: string, why: string, options?: { cause?: unknown }) {
    super(
      'postgres_unsupported_platform',
      'terminal',
      `the embedded PostgreSQL does not run here (${platform}): ${why}; install and start a PostgreSQL and set DATABASE_URL to it`,
      options,
    );
  }
}

function initdbAdvice(output: string): string {
  return /could not look up effective user/i.test(output)
    ? 'the user id that runs this process has no name: add it to /etc/passwd, run as another user, or set DATABASE_URL'
    : 'correct what it says below, or set DATABASE_URL to use another server';
}

function detailOf(text: string): string {
  const trimmed = text.trim();
  return trimmed === '' ? '' : `\n${trimmed}`;
}
