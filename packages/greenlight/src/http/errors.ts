import { SwitchyardError } from '@switchyard/core';

export class ExecutionUnknown extends SwitchyardError {
  constructor(executionId: string) {
    super('execution_unknown', 'invalid', `there is no execution "${executionId.slice(0, 64)}"`);
  }
}

/** A key of run-atom that came with another atom before. */
export class AtomKeyReused extends SwitchyardError {
  constructor() {
    super(
      'atom_key_reused',
      'invalid',
      'this Idempotency-Key was used before for another atom; send the same body, or another key',
    );
  }
}
