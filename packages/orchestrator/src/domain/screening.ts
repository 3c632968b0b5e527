/** What is done about what the screen finds in the texts of a task, by type. */
import { ENFORCED_PII } from '@switchyard/reflex';
import {
  INJECTION_TYPES,
  type InjectionTreatment,
  PII_TYPES,
  type PiiTreatment,
  type ScreeningSettings,
} from '../contract/index.ts';

export type ScreeningMode = 'enforce' | 'report';

export interface ScreeningPolicy {
  readonly pii: ReadonlyMap<string, PiiTreatment>;
  /** Of types that are not named: a remote screen may know some. */
  readonly otherPii: PiiTreatment;
  /** Of matches of Critical severity; others are reported. */
  readonly injection: ReadonlyMap<string, InjectionTreatment>;
  readonly otherInjection: InjectionTreatment;
}

/** What was found, as far as the policy looks at it. */
export interface Found {
  readonly kind: 'pii' | 'injection';
  readonly type: string;
  readonly severity?: string;
}

/**
 * The nearer word counts: what the arm says of a type, what it says of all, what is said for all arms, its mode. A word for
 * all is about data of a person and secrets; addresses of machines and things (IPv4, URL …) are reported unless they are named.
 *
 * @param mode of the arm's type, where its settings name none
 * @param forAll PII_POLICY
 */
export function policyOf(
  mode: ScreeningMode,
  settings: ScreeningSettings = {},
  forAll?: PiiTreatment,
): ScreeningPolicy {
  const { pii = {}, injection = {} } = settings;
  const isEnforced = (settings.mode ?? mode) === 'enforce';
  const otherPii = pii.default ?? forAll ?? (isEnforced ? 'block' : 'report');
  const otherInjection = injection.default ?? (isEnforced ? 'block' : 'report');
  return {
    pii: new Map(PII_TYPES.map((type) => [type, pii[type] ?? (ENFORCED_PII[type] === 'block' ? otherPii : 'report')])),
    otherPii,
    injection: new Map(INJECTION_TYPES.map((type) => [type, injection[type] ?? otherInjection])),
    otherInjection,
  };
}

/** What holds for an arm: its policy, or what its mode says. */
export function policyFor(arm: {
  readonly screening: ScreeningMode;
  readonly policy?: ScreeningPolicy;
}): ScreeningPolicy {
  return arm.policy ?? policyOf(arm.screening);
}

export function treatmentOf(policy: ScreeningPolicy, { kind, type, severity }: Found): PiiTreatment {
  if (kind === 'pii') return policy.pii.get(type) ?? policy.otherPii;
  return severity === 'Critical' ? (policy.injection.get(type) ?? policy.otherInjection) : 'report';
}

/** Types of which values are redacted. */
export function redactedTypes({ pii, otherPii }: ScreeningPolicy): string[] {
  const named = [...pii].flatMap(([type, treatment]) => (treatment === 'redact' ? [type] : []));
  return otherPii === 'redact' ? [...named, 'others'] : named;
}

/**
 * A type that `first` only reports and `other` does not; null when there is none. What was screened for the one must not
 * reach the other then.
 */
export function laxType(first: ScreeningPolicy, other: ScreeningPolicy): string | null {
  const kinds: readonly [kind: Found['kind'], types: readonly string[]][] = [
    ['pii', [...PII_TYPES, 'others']],
    ['injection', [...INJECTION_TYPES, 'others']],
  ];
  for (const [kind, types] of kinds) {
    for (const type of types) {
      const found: Found = { kind, type, severity: 'Critical' };
      if (treatmentOf(first, found) === 'report' && treatmentOf(other, found) !== 'report') return type;
    }
  }
  return null;
}
