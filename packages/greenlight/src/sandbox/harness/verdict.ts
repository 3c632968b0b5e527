import type { InsideTest, ProgramError, Value } from '../port.ts';

/** How a command ended inside the box. */
export type BoxVerdict =
  | { readonly kind: 'began' }
  | { readonly kind: 'syntax-error'; readonly error: ProgramError }
  | { readonly kind: 'returned'; readonly value: Value }
  | { readonly kind: 'raised'; readonly error: ProgramError }
  | { readonly kind: 'exited'; readonly exitCode: number; readonly error?: ProgramError }
  | { readonly kind: 'tested'; readonly tests: readonly InsideTest[] }
  | { readonly kind: 'timed-out'; readonly line?: number }
  | { readonly kind: 'out-of-memory' }
  | { readonly kind: 'output-limit' }
  | { readonly kind: 'lost'; readonly reason: string };
