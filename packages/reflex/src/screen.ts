import { cuesOf } from './all-cues.ts';
import { detectInjection } from './injection/detect-injection.ts';
import { MODEL } from './injection/model/model.ts';
import { detectPii } from './pii/detect-pii.ts';
import type { Verdict } from './verdict.ts';

export interface ScreenOptions {
  /** Look for personal data and secrets. Default true. */
  readonly check_pii?: boolean;
  /** Look for prompt injection. Default true. */
  readonly check_injection?: boolean;
  /** The name of the field that holds the text, as `ssn` or `api_key`: a cue word for what stands first in it. Default none. */
  readonly label?: string;
}

const NOTHING = { matches: [], truncated: false } as const;

/**
 * Screens one text. Pure and synchronous; never throws, whatever the text holds; time grows linearly with its length.
 * The verdict holds kinds and places, never values.
 */
export function screen(text: string, options: ScreenOptions = {}): Verdict {
  const { check_pii = true, check_injection = true, label = '' } = options;
  const cues = cuesOf(text);
  const pii = check_pii ? detectPii(text, label, cues) : NOTHING;
  const injection = check_injection ? detectInjection(text, MODEL, cues) : NOTHING;
  return { pii: pii.matches, injection: injection.matches, truncated: pii.truncated || injection.truncated };
}
