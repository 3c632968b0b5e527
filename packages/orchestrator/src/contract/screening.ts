/** `screening` of an arm: what is done about what the screen finds, as a word for all or by type. */
import { z } from 'zod';

/** As the Reflex protocol names them. */
export const PII_TYPES = [
  'SSN',
  'CreditCard',
  'Email',
  'Phone',
  'IPv4',
  'IPv6',
  'MACAddress',
  'AWSKey',
  'GitHubToken',
  'GenericAPIKey',
  'Passport',
  'DriverLicense',
  'BankAccount',
  'IBAN',
  'CryptoAddress',
  'URL',
  'Coordinates',
  'VIN',
] as const;

export const INJECTION_TYPES = [
  'IgnorePrevious',
  'PromptExtraction',
  'SystemRole',
  'JailbreakKeyword',
  'EncodedInstruction',
  'DelimiterInjection',
  'ContextSwitching',
  'ConfusionPattern',
  'MultilingualBypass',
  'ChainOfThought',
  'RoleReversal',
  'AuthorityAppeal',
  'OutputManipulation',
  'MemoryExfiltration',
] as const;

/** `enforce`: what blocks by default blocks. `report`: everything passes and is noted. */
export const SCREENING_MODES = ['enforce', 'report'] as const;
/** `redact`: stored and worked on as numbered placeholders; the values come back in the result only. */
export const PII_TREATMENTS = ['block', 'redact', 'report'] as const;
export type PiiTreatment = (typeof PII_TREATMENTS)[number];
/** `block` is for matches of Critical severity; others are reported whatever is said here. */
export const INJECTION_TREATMENTS = ['block', 'report'] as const;
export type InjectionTreatment = (typeof INJECTION_TREATMENTS)[number];

const PII_WORDS = { error: 'block, redact or report' };
const INJECTION_WORDS = { error: 'block or report' };

const piiSchema = z.preprocess(
  (raw) => (PII_TREATMENTS.some((word) => word === raw) ? { default: raw } : raw),
  z.partialRecord(z.enum(['default', ...PII_TYPES]), z.enum(PII_TREATMENTS, PII_WORDS), {
    error: 'block, redact, report, or an object of these by type, as {"default": "redact", "SSN": "block"}',
  }),
);

const injectionSchema = z.preprocess(
  (raw) => (INJECTION_TREATMENTS.some((word) => word === raw) ? { default: raw } : raw),
  z.partialRecord(z.enum(['default', ...INJECTION_TYPES]), z.enum(INJECTION_TREATMENTS, INJECTION_WORDS), {
    error: 'block, report, or an object of these by type, as {"RoleReversal": "report"}',
  }),
);

/** A mode as a word, or an object; what it leaves out is as the mode has it. */
export const screeningSettingsSchema = z.preprocess(
  (raw) => (SCREENING_MODES.some((word) => word === raw) ? { mode: raw } : raw),
  z.strictObject(
    {
      mode: z.enum(SCREENING_MODES, { error: 'enforce or report' }).optional(),
      pii: piiSchema.optional(),
      injection: injectionSchema.optional(),
    },
    { error: 'enforce, report, or an object, as {"pii": "redact", "injection": "block"}' },
  ),
);
export type ScreeningSettings = z.output<typeof screeningSettingsSchema>;

/** What `screening` may hold; of `pii` or `injection`, where that is the part. */
export function screeningSettingNames(part?: string): readonly string[] {
  if (part === 'pii') return ['default', ...PII_TYPES];
  if (part === 'injection') return ['default', ...INJECTION_TYPES];
  return ['mode', 'pii', 'injection'];
}
