/**
 * Replaces secrets in a text that comes in pieces.
 *
 * Owns the end of the text that may turn out to be the beginning of a secret, and holds it back until it is known.
 *
 * Invariants:
 * 1. The outputs joined are the whole text redacted at once, however it was cut into pieces.
 * 2. What is held back is shorter than the longest secret.
 * 3. No character of a secret is let out, also where two overlap or one contains the other.
 */

/** What stands in a text where a secret was. */
export const REDACTED = '[redacted]';

interface Span {
  readonly start: number;
  readonly end: number;
}

export class Redactor {
  readonly #secrets: readonly string[];
  #held = '';
  /** How much of what is held back belongs to a secret that began before it. */
  #covered = 0;
  /** True while the last that was let out is `REDACTED`: what follows without a gap needs no second one. */
  #open = false;

  /** @param secrets exact texts; empty ones are ignored */
  constructor(secrets: readonly string[]) {
    this.#secrets = [...new Set(secrets)].filter((secret) => secret !== '');
  }

  /** The next piece in, what can be told of the text by now out. */
  push(piece: string): string {
    if (this.#secrets.length === 0) return piece;
    const text = this.#held + piece;
    return this.#letOut(text, startOfPossibleSecret(text, this.#secrets));
  }

  /**
   * What was held back. A text that was cut off may end in half a secret, so what could be one is replaced; a complete
   * one ended as its writer meant it.
   */
  end(text: 'complete' | 'cut-off'): string {
    if (text === 'complete' || this.#held === '') return this.#letOut(this.#held, this.#held.length);
    this.#held = '';
    return this.#open ? '' : REDACTED;
  }

  #letOut(text: string, until: number): string {
    this.#held = text.slice(until);
    if (until === 0) return '';
    let result = '';
    let from = 0;
    for (const { start, end } of this.#secretRuns(text)) {
      if (start >= until) break;
      if (start > from || !this.#open) result += text.slice(from, start) + REDACTED;
      from = end;
      this.#open = true;
    }
    this.#covered = Math.max(0, from - until);
    if (from < until) this.#open = false;
    return result + text.slice(from, until);
  }

  /** Where secrets stand, in order; those that overlap or touch are one run. */
  #secretRuns(text: string): Span[] {
    const found: Span[] = this.#covered > 0 ? [{ start: 0, end: this.#covered }] : [];
    for (const secret of this.#secrets) {
      for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1)) {
        found.push({ start: at, end: at + secret.length });
      }
    }
    found.sort((a, b) => a.start - b.start);
    const runs: Span[] = [];
    for (const span of found) {
      const last = runs.at(-1);
      if (last === undefined || span.start > last.end) runs.push(span);
      else runs[runs.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    }
    return runs;
  }
}

/** The text with every secret replaced. */
export function redact(text: string, secrets: readonly string[]): string {
  const redactor = new Redactor(secrets);
  return redactor.push(text) + redactor.end('complete');
}

/** The first place from which on the whole rest of the text is the beginning of some secret; its length where none is. */
function startOfPossibleSecret(text: string, secrets: readonly string[]): number {
  let earliest = text.length;
  for (const secret of secrets) {
    for (let at = Math.max(0, text.length - secret.length + 1); at < earliest; at += 1) {
      if (secret.startsWith(text.slice(at))) earliest = at;
    }
  }
  return earliest;
}
