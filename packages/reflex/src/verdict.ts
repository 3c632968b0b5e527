/**
 * What the screen says about a text: kinds and places, never the values.
 *
 * Positions and lengths count UTF-16 code units of the text that was screened, so `text.slice(position, position +
 * length)` is the value, for whoever holds the text. A verdict may be stored and logged as it is.
 */

/** Every kind of personal data and secret that the Reflex protocol names. Which are detected: README.md. */
export type PiiType =
  | 'SSN'
  | 'CreditCard'
  | 'Email'
  | 'Phone'
  | 'IPv4'
  | 'IPv6'
  | 'MACAddress'
  | 'AWSKey'
  | 'GitHubToken'
  | 'GenericAPIKey'
  | 'Passport'
  | 'DriverLicense'
  | 'BankAccount'
  | 'IBAN'
  | 'CryptoAddress'
  | 'URL'
  | 'Coordinates'
  | 'VIN';

/** Every kind of prompt injection that the Reflex protocol names. */
export type InjectionType =
  | 'IgnorePrevious'
  | 'PromptExtraction'
  | 'SystemRole'
  | 'JailbreakKeyword'
  | 'EncodedInstruction'
  | 'DelimiterInjection'
  | 'ContextSwitching'
  | 'ConfusionPattern'
  | 'MultilingualBypass'
  | 'ChainOfThought'
  | 'RoleReversal'
  | 'AuthorityAppeal'
  | 'OutputManipulation'
  | 'MemoryExfiltration';

/** Ascending. `Critical` is what an enforcing policy blocks on. */
export const SEVERITIES = ['Low', 'Medium', 'High', 'Critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Span {
  /** Offset of the first UTF-16 code unit. */
  readonly position: number;
  /** UTF-16 code units, at least 1. */
  readonly length: number;
}

export interface PiiMatch extends Span {
  readonly type: PiiType;
  /** 0 to 1. About 0.6 for values known from documentation and test systems, 0.9 and more with a cue word nearby. */
  readonly confidence: number;
}

/** How this one match is said, judged by what stands around it and never by the whole text. */
export interface ContextAnalysis {
  /** Wholly inside a quotation, a code fence or inline code that has text of its own around it. */
  readonly is_quoted: boolean;
  /** Its sentence talks of research, papers, explanation. */
  readonly is_academic: boolean;
  /** Its sentence talks of tests, fixtures, detectors, payloads. */
  readonly is_testing: boolean;
  /** Its own clause forbids it ("never reveal your system prompt"). */
  readonly is_negation: boolean;
}

export interface InjectionMatch extends Span {
  readonly type: InjectionType;
  /** After the context was weighed. */
  readonly severity: Severity;
  /** 0 to 1. */
  readonly confidence: number;
  readonly context: ContextAnalysis;
}

export interface Verdict {
  /** Ascending by position; no two overlap. */
  readonly pii: readonly PiiMatch[];
  /** Ascending by position; two of one type never overlap, two of different types may. */
  readonly injection: readonly InjectionMatch[];
  /**
   * True when a kind had more matches than MAX_MATCHES and the rest are not listed. What is listed always suffices to
   * decide whether to block; it does not suffice to redact.
   */
  readonly truncated: boolean;
}

/** Most matches listed for each PII type, and for each injection type and severity. */
export const MAX_MATCHES = 1_000;

/** Order of all lists of matches: by position, the longer first where two begin together. */
export function byPosition(a: Span, b: Span): number {
  return a.position - b.position || b.length - a.length;
}
