import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INJECTION_TYPES, PII_TREATMENTS, PII_TYPES } from '../../src/contract/index.ts';
import { laxType, policyFor, policyOf, redactedTypes, treatmentOf } from '../../src/domain/screening.ts';

const pii = (type: string) => ({ kind: 'pii', type }) as const;
const critical = (type: string) => ({ kind: 'injection', type, severity: 'Critical' }) as const;

describe('the policy of an arm', () => {
  it('by its mode blocks data of a person, secrets and critical injection, or reports all', () => {
    const enforce = policyFor({ screening: 'enforce' });
    expect(treatmentOf(enforce, pii('SSN'))).toBe('block');
    expect(treatmentOf(enforce, pii('IPv4'))).toBe('report');
    expect(treatmentOf(enforce, pii('Unheard'))).toBe('block');
    expect(treatmentOf(enforce, critical('IgnorePrevious'))).toBe('block');
    expect(treatmentOf(enforce, { kind: 'injection', type: 'IgnorePrevious', severity: 'High' })).toBe('report');
    const report = policyFor({ screening: 'report' });
    for (const type of [...PII_TYPES, 'Unheard']) expect(treatmentOf(report, pii(type))).toBe('report');
    for (const type of INJECTION_TYPES) expect(treatmentOf(report, critical(type))).toBe('report');
  });

  it('goes by the nearest word: of a type, of the arm, of all arms, of the mode', () => {
    const policy = policyOf('enforce', { pii: { default: 'redact', SSN: 'block', IPv4: 'redact' } }, 'report');
    expect(['Email', 'SSN', 'IPv4', 'URL'].map((type) => treatmentOf(policy, pii(type)))).toEqual([
      'redact',
      'block',
      'redact',
      'report',
    ]);
    expect(treatmentOf(policyOf('report', {}, 'redact'), pii('Email'))).toBe('redact');
    expect(treatmentOf(policyOf('report', { mode: 'enforce' }), pii('Email'))).toBe('block');
    expect(treatmentOf(policyOf('report', { injection: { default: 'block' } }), critical('RoleReversal'))).toBe(
      'block',
    );
    const lenient = policyOf('enforce', { injection: { RoleReversal: 'report' } });
    expect(treatmentOf(lenient, critical('RoleReversal'))).toBe('report');
    expect(treatmentOf(lenient, critical('SystemRole'))).toBe('block');
  });

  it('tells what it redacts', () => {
    expect(redactedTypes(policyOf('enforce'))).toEqual([]);
    expect(redactedTypes(policyOf('enforce', { pii: { Email: 'redact' } }))).toEqual(['Email']);
    expect(redactedTypes(policyOf('enforce', {}, 'redact'))).toHaveLength(13);
  });

  it('is never laxer than itself, and laxer than another exactly where that one minds and it does not', () => {
    const words = fc.constantFrom(undefined, ...PII_TREATMENTS);
    const policy = fc
      .record({ mode: fc.constantFrom('enforce' as const, 'report' as const), email: words, vin: words, all: words })
      .map(({ mode, email, vin, all }) =>
        policyOf(mode, { pii: { ...(email && { Email: email }), ...(vin && { VIN: vin }) } }, all),
      );
    fc.assert(
      fc.property(policy, policy, (first, other) => {
        expect(laxType(first, first)).toBeNull();
        const type = laxType(first, other);
        const minds = [...[...PII_TYPES, 'others'].map(pii), ...INJECTION_TYPES.map(critical)].filter(
          (found) => treatmentOf(first, found) === 'report' && treatmentOf(other, found) !== 'report',
        );
        expect(type === null).toBe(minds.length === 0);
      }),
    );
  });
});
