/** Bounds of the worker contract; workers in other languages keep the same. */

/** Characters of a prompt: what the engine can store and every provider would refuse beyond. */
export const LONGEST_PROMPT = 500_000;
/** Characters of a preamble. */
export const LONGEST_PREAMBLE = 500_000;
export const LONGEST_LABEL = 200;
export const LONGEST_ID = 200;
export const MOST_FOLLOWUPS = 100;
export const MOST_TURNS = 100;
/** Tokens of one answer; more than any provider gives. */
export const MOST_OUTPUT_TOKENS = 200_000;
/** Bytes of UTF-8 of one answer that are kept; the rest is cut, and said so in the turn's `providerMetadata.cutBytes`. */
export const LONGEST_ANSWER_BYTES = 102_400;
/** Label of the first turn. */
export const FIRST_LABEL = 'scenario_prompt';
