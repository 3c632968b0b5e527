import type { CueIndex } from '../cue-index.ts';
import type { InjectionMatch } from '../verdict.ts';
import { type Look, lookAt } from './look.ts';
import { fold } from './views/fold.ts';
import { hiddenTexts } from './views/hidden-texts.ts';
import type { View } from './views/view.ts';

/** One way to read a text. */
export interface Reading {
  readonly look: Look;
  /** What this way of hiding adds to the log-odds of an attack. */
  readonly suspicion: number;
  /** What led from the original to what was looked at, the last step first. */
  readonly views: readonly View[];
  /** True for what only shows once a disguise is undone. */
  readonly hidden: boolean;
}

/** So many letters in disguise are no accident. */
const LEAST_DISGUISED = 3;
/** What that adds to the log-odds. */
const DISGUISED = 1.5;

/**
 * Characters read in all that is hidden in one text. One long text may be written in one way of hiding throughout; what hints at several
 * ways all over is nobody's text but one that is made to keep something from being read, and blocked for that.
 */
const MOST_HIDDEN = 120_000;

function tooMuchHidden(text: string): Look {
  const context = { is_quoted: false, is_academic: false, is_testing: false, is_negation: false };
  const match: InjectionMatch = {
    type: 'EncodedInstruction',
    severity: 'Critical',
    confidence: 0.6,
    position: 0,
    length: text.length,
    context,
  };
  return { ...lookAt(''), matches: [match] };
}

/**
 * The text as it stands, and each other way to read it that something in it hints at. Each is to be judged before the next is asked for
 * (Look).
 */
export function* readingsOf(text: string, cues?: CueIndex): Generator<Reading> {
  const folded = fold(text);
  const plain = folded?.text ?? text;
  const look = lookAt(plain, folded ? undefined : cues);
  const disguised = folded !== null && folded.hidden + folded.lookalikes >= LEAST_DISGUISED;
  const outer = folded ? [folded] : [];
  const hints = { signs: look.signs, tokens: look.tokens };
  yield { look, suspicion: disguised ? DISGUISED : 0, views: outer, hidden: false };
  let unread = MOST_HIDDEN;
  for (const { view, suspicion } of hiddenTexts(plain, hints, folded)) {
    unread -= view.text.length;
    if (unread < 0) {
      yield { look: tooMuchHidden(text), suspicion: 0, views: [], hidden: true };
      return;
    }
    // What is written in invisible characters was read off the original already.
    const views = folded && view !== folded.invisible ? [view, folded] : [view];
    yield { look: lookAt(view.text), suspicion, views, hidden: true };
  }
}
