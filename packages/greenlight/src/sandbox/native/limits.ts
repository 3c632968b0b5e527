/** The bounds of the native driver that no job can lift. */

/** Bytes of a MiB. */
export const MIB = 1_048_576;

/** Memory of a box at most and at least, MiB: an interpreter alone needs some. */
export const MAX_MEMORY_MB = 2048;
export const MIN_MEMORY_MB = 48;

/** What a compiler may use, whatever its program may, MiB; Java's and Rust's need most. */
export const COMPILER_MEMORY_MB = 1024;

/** Processes and threads of a box at once: an engine has a dozen threads of its own. */
export const MAX_PROCESSES = 64;

/** Room in each of a box's two writable folders, and the longest file in them, MiB. They count as its memory. */
export const SCRATCH_MB = 64;

/** Output of one stream of one step that is kept at most, KiB. */
export const MAX_OUTPUT_KB = 1024;

/** Steps that one job may lose before the rest is skipped. */
export const MAX_LOST_STEPS = 2;

/** Longest report of a box, characters: what it may answer and its two streams, encoded. */
export const MAX_REPORT_CHARS = 24 * MIB;

/** How long a box may take beyond its step's own limit before it is ended from outside, milliseconds. */
export const GRACE_MS = 1500;
