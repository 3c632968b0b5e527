/** The findings of the screen with the places that an editor shows. */
import type { ContextAnalysis, Decision, InjectionType, PiiType, Severity, Verdict } from '@switchyard/reflex';

interface Found {
  /** UTF-16 offset in the text. */
  readonly position: number;
  readonly length: number;
  /** From 1 on. */
  readonly line: number;
  /** From 1 on, in characters (code points). */
  readonly column: number;
  readonly confidence: number;
  /** Whether this finding alone blocks the text. */
  readonly blocks: boolean;
}

export interface FoundPii extends Found {
  readonly kind: 'pii';
  readonly pii_type: PiiType;
}

export interface FoundInjection extends Found {
  readonly kind: 'injection';
  readonly injection_type: InjectionType;
  readonly severity: Severity;
  readonly context_analysis: ContextAnalysis;
}

export type Finding = FoundPii | FoundInjection;

/** All findings in the order of the text; never the values themselves. */
export function findingsOf(text: string, verdict: Verdict, decision: Decision): Finding[] {
  const blocking = new Set(decision.reasons.map(nameOf));
  const placeOf = placesIn(text);
  const pii = verdict.pii.map(({ type, position, length, confidence }): FoundPii => {
    const blocks = blocking.has(nameOf({ kind: 'pii', type, position, length }));
    return { kind: 'pii', pii_type: type, position, length, ...placeOf(position), confidence, blocks };
  });
  const injection = verdict.injection.map((match): FoundInjection => {
    const { type, severity, position, length, confidence, context } = match;
    return {
      kind: 'injection',
      injection_type: type,
      severity,
      position,
      length,
      ...placeOf(position),
      confidence,
      blocks: blocking.has(nameOf({ kind: 'injection', type, position, length })),
      context_analysis: context,
    };
  });
  return [...pii, ...injection].sort((a, b) => a.position - b.position || b.length - a.length);
}

interface Named {
  readonly kind: string;
  readonly type: string;
  readonly position: number;
  readonly length: number;
}

function nameOf({ kind, type, position, length }: Named): string {
  return `${kind} ${type} ${position} ${length}`;
}

function placesIn(text: string): (position: number) => { line: number; column: number } {
  const starts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
  return (position) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= position) low = middle;
      else high = middle;
    }
    const column = Array.from(text.slice(starts[low] ?? 0, position)).length + 1;
    return { line: low + 1, column };
  };
}
