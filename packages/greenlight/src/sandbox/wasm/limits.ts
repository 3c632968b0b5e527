/** The bounds of the wasm driver that no job can lift. */

/** Memory a box is given at most, MiB. */
export const MAX_MEMORY_MB = 1024;

/** Memory of the boxes that are started before their job is known, MiB: what an atom gets that says nothing. */
export const USUAL_MEMORY_MB = 256;

/** Memory below which no engine starts, MiB: the CPython image alone is 26. */
export const MIN_MEMORY_MB = 48;

/** Output of one stream of one step that is kept at most, KiB. */
export const MAX_OUTPUT_KB = 1024;

/** Output of one step, both streams, at which it is ended: bytes. */
export const FLOOD_BYTES = 8 * 1024 * 1024;

/** Boxes that one job may lose before the rest of its steps is skipped. */
export const MAX_LOST_BOXES = 2;

/** Bytes of a MiB. */
export const MIB = 1_048_576;

/** Heap of a box's own JavaScript, MiB; 64 made growing a WebAssembly memory 20 times slower. */
const HEAP_MB = 256;

/** Native stack of a box, MiB: what a deep recursion of the submission uses up. */
const STACK_MB = 8;

/** What a box's thread is started with. */
export const BOX_LIMITS = { maxOldGenerationSizeMb: HEAP_MB, stackSizeMb: STACK_MB } as const;
