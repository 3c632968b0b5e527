import type { Signs } from '../model/signs.ts';
import { undoEncoding } from './encoded.ts';
import type { Folded } from './fold.ts';
import { undoLeet } from './leet.ts';
import { undoSpelling } from './spelled.ts';
import { partsAround, undoReversal, undoRot13 } from './turned.ts';
import type { View } from './view.ts';

export interface HiddenText {
  readonly view: View;
  /** What this way of hiding adds to the log-odds of an attack: nobody spells a harmless request out in ROT13. */
  readonly suspicion: number;
}

const LEAST_SPELLED = 6;
/** Words with digits between letters, and their share of all tokens: what code and product names do not reach. */
const LEAST_MIXED = 3;
const MIXED_SHARE = 0.15;

export interface Hints {
  readonly signs: Signs;
  /** Number of tokens of the text. */
  readonly tokens: number;
}

/** Other ways to read the text, where something hints at one; the invisible part first. */
export function* hiddenTexts(text: string, { signs, tokens }: Hints, folded: Folded | null): Generator<HiddenText> {
  if (folded?.invisible) yield { view: folded.invisible, suspicion: 4 };
  const spelled = signs.spelled >= LEAST_SPELLED ? undoSpelling(text) : null;
  // One word alone is an abbreviation or a scale.
  if (spelled?.text.trim().includes(' ')) yield { view: spelled, suspicion: 1.5 };
  const encoded = signs.longWords.length > 0 ? undoEncoding(text, signs.longWords) : null;
  if (encoded) yield { view: encoded, suspicion: 1 };
  if (signs.mixed >= Math.max(LEAST_MIXED, tokens * MIXED_SHARE)) yield { view: undoLeet(text), suspicion: 1.2 };
  if (signs.rotated.length > 0) yield { view: undoRot13(text, partsAround(text, signs.rotated)), suspicion: 2 };
  if (signs.reversed.length > 0) yield { view: undoReversal(text, partsAround(text, signs.reversed)), suspicion: 2 };
}
