/** The screen in process: reflex applied to every text of a submission. */
import type { Json } from '@switchyard/core';
import { type FieldsVerdict, MAX_MATCHES, type OnText, ScreenLimitExceeded, screenFields } from '@switchyard/reflex';
import { RequestInvalid } from '../../app/errors.ts';
import type { FoundValue } from '../../domain/redaction.ts';
import { redactedTypes, type ScreeningPolicy, treatmentOf } from '../../domain/screening.ts';
import type { FieldFinding, Screen } from '../../ports/screen.ts';

export function createLocalScreen(): Screen {
  const cleanKeys = new Set<string>();
  return {
    description: 'in process',
    screen: async (value, policy) => {
      const redact: FoundValue[] = [];
      const { pii, injection } = verdictOn(
        value,
        cleanKeys,
        redactedTypes(policy).length === 0 ? ignore : collect(policy, redact),
      );
      const findings = [
        ...pii.map((match) => findingOf('pii', match, policy)),
        ...injection.map((match) => findingOf('injection', match, policy)),
      ];
      return { blocked: findings.some(({ treatment }) => treatment === 'block'), findings, redact };
    },
    problem: async () => null,
  };
}

const ignore: OnText = () => undefined;

/** Keeps the values that are to be taken out. @throws RequestInvalid where there are more than a verdict lists */
function collect(policy: ScreeningPolicy, into: FoundValue[]): OnText {
  return (text, verdict, { pointer }) => {
    const counts = new Map<string, number>();
    for (const { type, position, length } of verdict.pii) {
      if (treatmentOf(policy, { kind: 'pii', type }) !== 'redact') continue;
      into.push({ type, value: text.slice(position, position + length) });
      counts.set(type, (counts.get(type) ?? 0) + 1);
    }
    if (!verdict.truncated) return;
    for (const [type, count] of counts) {
      if (count < MAX_MATCHES) continue;
      const detail = `holds more findings of type ${type} than can be taken out of one text (${MAX_MATCHES}); send it in parts`;
      throw new RequestInvalid([{ pointer, detail }]);
    }
  };
}

function findingOf(
  kind: FieldFinding['kind'],
  match: (FieldsVerdict['pii'] | FieldsVerdict['injection'])[number],
  policy: ScreeningPolicy,
): FieldFinding {
  const { type, pointer: field, position, length } = match;
  const severity = 'severity' in match ? { severity: match.severity } : {};
  return {
    kind,
    type,
    field,
    position,
    length,
    ...severity,
    treatment: treatmentOf(policy, { kind, type, ...severity }),
  };
}

/** @throws RequestInvalid when the value is too large to be screened whole */
function verdictOn(value: Json, cleanKeys: Set<string>, onText: OnText): FieldsVerdict {
  try {
    return screenFields(value, { cleanKeys }, onText);
  } catch (error) {
    if (!(error instanceof ScreenLimitExceeded)) throw error;
    throw new RequestInvalid([{ pointer: error.pointer, detail: error.message }]);
  }
}
