/**
 * Verdicts by what they were made from: the hash of the exact text, the flags and the version of the rules. It holds neither
 * texts nor values: a verdict has types and places only, and the values are cut out of the text of each request anew.
 *
 * At most `mostEntries` verdicts with `mostMatches` findings in all; the oldest make room.
 */
import { createHash } from 'node:crypto';
import type { Verdict } from '../verdict.ts';

/** Counts up with every change of what is found: then no older verdict holds. */
const RULESET_VERSION = 1;

export interface VerdictCacheOptions {
  /** Milliseconds for a text with nothing in it. Default 300,000. */
  readonly cleanMs?: number | undefined;
  /** Milliseconds for a text with findings. Default 60,000. */
  readonly foundMs?: number | undefined;
  /** Default 10,000. */
  readonly mostEntries?: number | undefined;
  /** Default 200,000. */
  readonly mostMatches?: number | undefined;
  /** Milliseconds, monotonic. Default `performance.now`. */
  readonly now?: (() => number) | undefined;
}

export interface ScreenedAs {
  readonly text: string;
  readonly check_pii: boolean;
  readonly check_injection: boolean;
}

interface Entry {
  readonly verdict: Verdict;
  readonly until: number;
}

export class VerdictCache {
  readonly #options: { readonly [name in keyof VerdictCacheOptions]-?: NonNullable<VerdictCacheOptions[name]> };
  readonly #entries = new Map<string, Entry>();
  #matches = 0;

  constructor(options: VerdictCacheOptions = {}) {
    this.#options = {
      cleanMs: options.cleanMs ?? 300_000,
      foundMs: options.foundMs ?? 60_000,
      mostEntries: options.mostEntries ?? 10_000,
      mostMatches: options.mostMatches ?? 200_000,
      now: options.now ?? (() => performance.now()),
    };
  }

  keyOf({ text, check_pii, check_injection }: ScreenedAs): string {
    // As UTF-16 the hash takes the text as it is, whatever it holds.
    const hash = createHash('sha256').update(`${RULESET_VERSION} ${check_pii} ${check_injection}\n`);
    return hash.update(text, 'utf16le').digest('base64');
  }

  get(key: string): Verdict | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    if (entry.until > this.#options.now()) return entry.verdict;
    this.#drop(key, entry);
    return null;
  }

  set(key: string, verdict: Verdict): void {
    const { cleanMs, foundMs, mostEntries, mostMatches, now } = this.#options;
    const matches = countOf(verdict);
    const known = this.#entries.get(key);
    if (known !== undefined) this.#drop(key, known);
    if (matches > mostMatches) return;
    this.#entries.set(key, { verdict, until: now() + (matches === 0 ? cleanMs : foundMs) });
    this.#matches += matches;
    for (const [oldest, entry] of this.#entries) {
      if (this.#entries.size <= mostEntries && this.#matches <= mostMatches) break;
      this.#drop(oldest, entry);
    }
  }

  get size(): number {
    return this.#entries.size;
  }

  #drop(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#matches -= countOf(entry.verdict);
  }
}

function countOf({ pii, injection }: Verdict): number {
  return pii.length + injection.length;
}
