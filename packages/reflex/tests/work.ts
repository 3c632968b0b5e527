/** Counts what the screen does instead of how long it takes. */

export interface Work {
  /** Tries of regular expressions. */
  tries: number;
  /** Characters copied out of texts, and those that tries passed on their way to a match. */
  characters: number;
}

/**
 * Runs the action with counters in the two places that all work with regular expressions and copies of text passes: every `test`, `match`,
 * `matchAll`, `replace` and `search` ends in `RegExp.prototype.exec`.
 */
export function workOf(action: () => void): Work {
  const work: Work = { tries: 0, characters: 0 };
  const restore = [
    around(RegExp.prototype, 'exec', (self, [text], run) => {
      const from = self instanceof RegExp && self.global ? self.lastIndex : 0;
      const found = run();
      work.tries += 1;
      // A sticky try ends where it began or a bounded way behind it; another one has passed all up to its match.
      if (self instanceof RegExp && !self.sticky && typeof text === 'string')
        work.characters += (Array.isArray(found) && 'index' in found ? Number(found.index) : text.length) - from;
      return found;
    }),
    around(String.prototype, 'slice', (_, __, run) => {
      const piece = run();
      work.characters += String(piece).length;
      return piece;
    }),
  ];
  try {
    action();
  } finally {
    for (const undo of restore) undo();
  }
  return work;
}

type Around = (self: unknown, args: readonly unknown[], run: () => unknown) => unknown;

/** Puts something around a method; gives what takes it off again. */
function around(owner: object, name: string, call: Around): () => void {
  const descriptor = Reflect.getOwnPropertyDescriptor(owner, name);
  const original: unknown = descriptor?.value;
  if (typeof original !== 'function') throw new Error(`${name} is no method`);
  const value = new Proxy(original, {
    apply: (target, self: unknown, args: readonly unknown[]): unknown =>
      call(self, args, () => Reflect.apply(target, self, args)),
  });
  Reflect.defineProperty(owner, name, { ...descriptor, value });
  return () => {
    Reflect.defineProperty(owner, name, { ...descriptor, value: original });
  };
}
