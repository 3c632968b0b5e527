import { SwitchyardError } from '@switchyard/core';

/** The configured PostgreSQL cannot be used at start. */
export class DatabaseUnreachable extends SwitchyardError {
  /** @param where host and database, without user and password */
  constructor(where: string, reason: string, options?: { cause?: unknown }) {
    super(
      'database_unreachable',
      'transient',
      `the database at ${where} cannot be used: ${reason}. Start it or correct DATABASE_URL; without one an embedded PostgreSQL is started`,
      options,
    );
  }
}

/** The database process went away while the system ran. */
export class DatabaseEnded extends SwitchyardError {
  constructor(code: number | string | null, lastLines: readonly string[]) {
    const log = lastLines.length === 0 ? '' : `; its last words:\n${lastLines.join('\n')}`;
    super(
      'database_ended',
      'terminal',
      `the embedded PostgreSQL ended by itself (${code ?? 'killed'}); every acknowledged task is on disk, start again to go on${log}`,
    );
  }
}

/** `worker --arm` names what is not there. */
export class ArmUnknown extends SwitchyardError {
  constructor(name: string, known: readonly string[]) {
    super('arm_unknown', 'invalid', `there is no arm "${name}"; it may be one of: ${known.join(', ')}`);
  }
}
