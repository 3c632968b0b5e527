/** What keeps spans from arriving, and what cannot be done. Reported once each, or thrown; never both. */
import { messageOf, SwitchyardError } from '../../errors.ts';

/** The collector answered that it does not want what we send: a bad token, a request that it does not take. */
export class CollectorRefused extends SwitchyardError {
  constructor(cause: unknown) {
    super(
      'collector_refused',
      'refused',
      `the collector refuses what it is sent, so nothing more is sent until a restart: ${messageOf(cause)}; check apiToken and apiUrl`,
      { cause },
    );
  }
}

/** The collector cannot be reached for now. */
export class CollectorUnreachable extends SwitchyardError {
  constructor(cause: unknown) {
    super(
      'collector_unreachable',
      'transient',
      `the collector cannot be reached; spans are kept, in bounds, and sent when it can be: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** More is recorded than can be sent or kept. Reported when it begins. */
export class SpansDropped extends SwitchyardError {
  constructor(why: string) {
    super('spans_dropped', 'terminal', `spans are dropped: ${why}; counters() says how many`);
  }
}

/** The disk spool cannot be read or written; delivery goes on without it. */
export class SpoolFailed extends SwitchyardError {
  constructor(path: string, cause: unknown) {
    super(
      'spool_failed',
      'terminal',
      `the spool ${path} cannot be used, so spans that are not sent before the end are lost: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** The spool directory is in use by another process, or by another transport of this one. */
export class SpoolHeld extends SwitchyardError {
  constructor(directory: string, holder: string) {
    super(
      'spool_held',
      'conflict',
      `the spool directory ${directory} is in use by process ${holder}; give each transport a directory of its own`,
    );
  }
}

/** An instance was started with a changed schema under the old identifier. */
export class AgentSchemaChanged extends SwitchyardError {
  constructor(agentIdentifier: string) {
    super(
      'agent_schema_changed',
      'conflict',
      `the schema changed, but the agentIdentifier is still ${JSON.stringify(agentIdentifier)}; start the instance with a new agentIdentifier`,
    );
  }
}

/** A setting of the transport is out of its range. */
export class TransportConfigInvalid extends SwitchyardError {
  constructor(setting: string, value: unknown, expected: string) {
    super('transport_config_invalid', 'invalid', `${setting} is ${String(value)}; it must be ${expected}`);
  }
}

/** What is reported while delivery goes on, or ends. */
export type DeliveryProblem = CollectorRefused | CollectorUnreachable | SpansDropped | SpoolFailed | SpoolHeld;

/** The default of `report`: a warning of the process, which says it on stderr unless the application listens for it. */
export function reportAsWarning(problem: DeliveryProblem): void {
  process.emitWarning(problem.message, { type: 'SwitchyardWarning', code: problem.code });
}
