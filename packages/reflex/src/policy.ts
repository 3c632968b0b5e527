/** What becomes of a text once its verdict is known. Source: ARCHITECTURE.md, "Screening policy". */
import type { InjectionMatch, PiiMatch, PiiType, Verdict } from './verdict.ts';

/** What a policy does about one type of personal data. */
export type PiiPolicy = 'block' | 'redact' | 'report';

/** `enforce` blocks what the table below says; `report` lets everything pass and leaves the verdict for the log. */
export type ScreeningMode = 'enforce' | 'report';

/** What `enforce` does: data of a person and secrets block, addresses of machines and things are reported. */
export const ENFORCED_PII: { readonly [type in PiiType]: 'block' | 'report' } = {
  SSN: 'block',
  CreditCard: 'block',
  BankAccount: 'block',
  IBAN: 'block',
  Passport: 'block',
  DriverLicense: 'block',
  Email: 'block',
  Phone: 'block',
  AWSKey: 'block',
  GitHubToken: 'block',
  GenericAPIKey: 'block',
  CryptoAddress: 'block',
  IPv4: 'report',
  IPv6: 'report',
  MACAddress: 'report',
  URL: 'report',
  Coordinates: 'report',
  VIN: 'report',
};

/** A finding that blocks, with its place as the verdict gave it (a JSON Pointer too, where many fields were screened). */
export type BlockReason<Pii extends PiiMatch, Injection extends InjectionMatch> =
  | ({ readonly kind: 'pii' } & Pii)
  | ({ readonly kind: 'injection' } & Injection);

export interface Decision<Pii extends PiiMatch = PiiMatch, Injection extends InjectionMatch = InjectionMatch> {
  /** The words of the Reflex protocol. */
  readonly status: 'Success' | 'Blocked';
  /** Why it is blocked; empty for `Success`. Types and places, never values. */
  readonly reasons: readonly BlockReason<Pii, Injection>[];
}

/** A verdict over one text or over many fields; the reasons keep what its matches say of their place. */
export interface Decidable<Pii extends PiiMatch, Injection extends InjectionMatch> extends Verdict {
  readonly pii: readonly Pii[];
  readonly injection: readonly Injection[];
}

/** Applies the policy: any injection match that is Critical after its context was weighed blocks, and PII by its type. */
export function decide<Pii extends PiiMatch, Injection extends InjectionMatch>(
  verdict: Decidable<Pii, Injection>,
  mode: ScreeningMode,
): Decision<Pii, Injection> {
  if (mode === 'report') return { status: 'Success', reasons: [] };
  const reasons: BlockReason<Pii, Injection>[] = [
    ...verdict.pii
      .filter(({ type }) => ENFORCED_PII[type] === 'block')
      .map((match) => ({ kind: 'pii' as const, ...match })),
    ...verdict.injection
      .filter(({ severity }) => severity === 'Critical')
      .map((match) => ({ kind: 'injection' as const, ...match })),
  ];
  return { status: reasons.length > 0 ? 'Blocked' : 'Success', reasons };
}
