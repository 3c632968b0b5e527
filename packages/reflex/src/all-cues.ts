import { type Cue, CueIndex, cueTable } from './cue-index.ts';
import { CONTEXT_CUES } from './injection/context.ts';
import { VALUE_CUES } from './pii/cues.ts';

/** Those near values and those around orders. */
export const ALL_CUES: readonly Cue[] = [...VALUE_CUES, ...CONTEXT_CUES];

const TABLE = cueTable(ALL_CUES);

/** Where the text may have any of them. */
export function cuesOf(text: string): CueIndex {
  return new CueIndex(text, TABLE);
}
