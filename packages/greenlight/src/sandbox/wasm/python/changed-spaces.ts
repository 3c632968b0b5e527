/**
 * Which namespaces of modules a box's steps have changed, told by the version that CPython 3.12 gives each dictionary anew whenever it
 * changes (`ma_version_tag`, https://github.com/python/cpython/blob/3.12/Include/cpython/dictobject.h): to put back all hundred of them
 * took half of a step's time, and hardly any step changes one. It is read from outside, so that nothing inside can hide a change.
 */

/** Where they lie in a PyDictObject on 32 bits: behind its head of 8 bytes, and aligned to 8. */
const USED_OFFSET = 8;
const VERSION_OFFSET = 16;

/** Addresses of the dictionaries, in the order in which the harness knows them. */
export type Spaces = readonly number[];

/**
 * Reads `address:entries` for each dictionary.
 *
 * @throws Error when what lies there is no dictionary as this file knows them.
 */
export function readSpaces(said: readonly string[], memory: ArrayBuffer): Spaces {
  const view = new DataView(memory);
  const pairs = said.map((one) => one.split(':').map(Number));
  const spaces = pairs.map(([address = 0]) => address);
  const isKnown = pairs.every(([address = 0, entries]) => view.getUint32(address + USED_OFFSET, true) === entries);
  // No two dictionaries have a version in common; a module that has two names is here twice.
  const versions = new Set(spaces.map((address) => versionAt(view, address)));
  if (spaces.length === 0 || !isKnown || versions.size !== new Set(spaces).size || versions.has(0n)) {
    throw new Error('the dictionaries of this CPython are laid out in a way that is not known');
  }
  return spaces;
}

export class ChangedSpaces {
  readonly #spaces: Spaces;
  readonly #memory: WebAssembly.Memory;
  readonly #versions: readonly bigint[];

  /** Counts changes from now on. */
  constructor(spaces: Spaces, memory: WebAssembly.Memory) {
    this.#spaces = spaces;
    this.#memory = memory;
    const view = new DataView(memory.buffer);
    this.#versions = spaces.map((address) => versionAt(view, address));
  }

  /** The places of those that have changed, also when they were put back since. */
  get places(): number[] {
    const view = new DataView(this.#memory.buffer);
    return [...this.#spaces.keys()].filter(
      (place) => versionAt(view, this.#spaces[place] ?? 0) !== this.#versions[place],
    );
  }
}

function versionAt(view: DataView, address: number): bigint {
  return view.getBigUint64(address + VERSION_OFFSET, true);
}
