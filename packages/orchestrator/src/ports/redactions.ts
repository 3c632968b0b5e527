/** Where the values go that were taken out of a submission: sealed under a key that no table holds. */
import type { Redaction } from '../domain/redaction.ts';

/** As it is stored: useless without the key. */
export interface SealedRedactions {
  /** Which key sealed it; not the key. */
  readonly keyId: string;
  readonly nonce: Uint8Array;
  readonly sealed: Uint8Array;
}

export type Unsealed =
  | { readonly kind: 'open'; readonly redactions: readonly Redaction[] }
  /** The key is not configured here, or it is another under the same name, or the row was changed. */
  | { readonly kind: 'locked'; readonly reason: string };

export interface RedactionKeys {
  /** Bound to the task: for another one it does not open. */
  seal(taskId: string, redactions: readonly Redaction[]): SealedRedactions;
  unseal(taskId: string, sealed: SealedRedactions): Unsealed;
  /**
   * Digests of a text that nobody can try out guesses with who has no key, one for each key: that of the sealing one first.
   */
  digests(text: string): readonly [string, ...string[]];
}

export interface RedactionStore {
  /** Null: nothing was taken out of the task, or it is gone. */
  redactions(taskId: string): Promise<SealedRedactions | null>;
}
