import { StringDecoder } from 'node:string_decoder';
import type { ChildLimits } from './process-options.ts';
import { Redactor } from './redactor.ts';

/** Stands at the end of a line that was cut. */
const CUT = '…';

/**
 * An output line by line: bytes in, lines out, decoded as one UTF-8 stream, redacted before it is cut into lines, each
 * line and their number bounded. A line ends with LF or CR LF; the last one may do without.
 */
export class OutputLines {
  readonly #maxChars: number;
  readonly #tailLines: number;
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  readonly #redactor: Redactor;
  readonly #tail: string[] = [];
  /** The line that is not ended yet, with room for the CR of its ending. */
  #line = '';
  /** Whether more of the line came than there was room for. */
  #dropped = false;
  #truncated = false;

  constructor(limits: ChildLimits, secrets: readonly string[], onLine: (line: string) => void) {
    this.#maxChars = limits.maxLineChars;
    this.#tailLines = limits.stderrTailLines;
    this.#onLine = onLine;
    this.#redactor = new Redactor(secrets);
  }

  /** True once a line was cut or dropped from the tail. */
  get truncated(): boolean {
    return this.#truncated;
  }

  /** The last lines that have ended, joined by newlines. */
  get tail(): string {
    return this.#tail.join('\n');
  }

  /** Forgets the lines that have ended, and that some were cut. */
  forget(): void {
    this.#tail.length = 0;
    this.#truncated = false;
  }

  push(chunk: Buffer): void {
    this.#split(this.#redactor.push(this.#decoder.write(chunk)));
  }

  /** Ends the last line; the tail, joined by newlines. */
  end(writer: 'complete' | 'cut-off'): string {
    this.#split(this.#redactor.push(this.#decoder.end()) + this.#redactor.end(writer));
    if (this.#line !== '') this.#endLine();
    return this.tail;
  }

  #split(text: string): void {
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      this.#extend(text, from, at);
      this.#endLine();
      from = at + 1;
    }
    this.#extend(text, from, text.length);
  }

  #extend(text: string, from: number, to: number): void {
    const room = this.#maxChars + 1 - this.#line.length;
    this.#dropped ||= to - from > room;
    if (room > 0) this.#line += text.slice(from, Math.min(to, from + room));
  }

  #endLine(): void {
    const whole = this.#line.replace(/\r$/, '');
    const isCut = this.#dropped || whole.length > this.#maxChars;
    const line = isCut ? this.#line.slice(0, this.#maxChars) + CUT : whole;
    this.#line = '';
    this.#dropped = false;
    this.#truncated ||= isCut;
    this.#tail.push(line);
    if (this.#tail.length > this.#tailLines) {
      this.#tail.shift();
      this.#truncated = true;
    }
    this.#onLine(line);
  }
}
