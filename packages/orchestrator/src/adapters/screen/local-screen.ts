/** The screen in process: reflex applied to every text of a submission. */
import type { Json } from '@switchyard/core';
import { decide, type FieldsVerdict, ScreenLimitExceeded, screenFields } from '@switchyard/reflex';
import { RequestInvalid } from '../../app/errors.ts';
import type { FieldFinding, Screen } from '../../ports/screen.ts';

export interface LocalScreenOptions {
  /** What is done about personal data, whatever the arm says; unset: the arm's own policy. */
  readonly piiPolicy?: 'block' | 'report' | undefined;
}

export function createLocalScreen({ piiPolicy }: LocalScreenOptions = {}): Screen {
  return {
    description: 'in process',
    screen: async (value, screening) => {
      const verdict = verdictOn(value);
      const injectionReasons = decide({ ...verdict, pii: [] }, screening).reasons;
      const piiMode = piiPolicy === undefined ? screening : piiPolicy === 'block' ? 'enforce' : 'report';
      const piiReasons = decide({ ...verdict, injection: [] }, piiMode).reasons;
      const findings: FieldFinding[] = [
        ...verdict.pii.map(
          (match): FieldFinding => ({
            kind: 'pii',
            type: match.type,
            field: match.pointer,
            position: match.position,
            length: match.length,
          }),
        ),
        ...verdict.injection.map(
          (match): FieldFinding => ({
            kind: 'injection',
            type: match.type,
            field: match.pointer,
            position: match.position,
            length: match.length,
            severity: match.severity,
          }),
        ),
      ];
      return { blocked: injectionReasons.length + piiReasons.length > 0, findings };
    },
    problem: async () => null,
  };
}

/** @throws RequestInvalid when the value is too large to be screened whole */
function verdictOn(value: Json): FieldsVerdict {
  try {
    return screenFields(value);
  } catch (error) {
    if (!(error instanceof ScreenLimitExceeded)) throw error;
    throw new RequestInvalid([{ pointer: error.pointer, detail: error.message }]);
  }
}
