import type { Span } from '../../verdict.ts';

/** How a text looks once one way of hiding is undone. */
export interface View {
  readonly text: string;
  /** By code unit of `text`: where it stands in the original. */
  readonly origins: Int32Array;
  /** By code unit of `text`: the end of what it stands for in the original. */
  readonly ends: Int32Array;
}

/** Collects a view's text and where it came from. */
export class ViewBuilder {
  private readonly codes: Uint16Array<ArrayBuffer>;
  private readonly origins: Int32Array;
  private readonly ends: Int32Array;
  private highest = 0;
  length = 0;

  /** @param most code units that will be added at most */
  constructor(most: number) {
    this.codes = new Uint16Array(most);
    this.origins = new Int32Array(most);
    this.ends = new Int32Array(most);
  }

  add(code: number, origin: number, end: number): void {
    if (code > this.highest) this.highest = code;
    this.codes[this.length] = code;
    this.origins[this.length] = origin;
    this.ends[this.length] = end;
    this.length += 1;
  }

  codeAt(at: number): number {
    return this.codes[at] ?? 0;
  }

  replace(at: number, code: number): void {
    if (code > this.highest) this.highest = code;
    this.codes[at] = code;
  }

  view(): View {
    const { length, origins, ends } = this;
    return { text: textOf(this.codes.subarray(0, length), this.highest), origins, ends };
  }
}

const LATIN_1 = 0xff;

/** Copied by the engine at once, code unit by code unit; in half the memory where it can be. */
function textOf(codes: Uint16Array<ArrayBuffer>, highest: number): string {
  if (highest <= LATIN_1) return Buffer.from(codes).toString('latin1');
  return Buffer.from(codes.buffer, codes.byteOffset, codes.byteLength).toString('utf16le');
}

/** The same match in the original. */
export function placedIn<Match extends Span>({ origins, ends }: View, match: Match): Match {
  const first = match.position;
  const last = match.position + match.length - 1;
  const position = Math.min(origins[first] ?? 0, origins[last] ?? 0);
  const end = Math.max(ends[first] ?? 0, ends[last] ?? 0);
  return { ...match, position, length: Math.max(1, end - position) };
}
