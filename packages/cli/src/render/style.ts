import { createColors } from 'picocolors';
import type { Io, OutputStream } from '../io.ts';

/** Width of what is printed where there is no terminal to fit. */
const WIDTH_WITHOUT_TERMINAL = 100;
const NARROWEST = 40;

export interface Style {
  readonly color: ReturnType<typeof createColors>;
  /** Characters that fit on a line. */
  readonly width: number;
  /** After how many characters running text goes on in the next line: never, where no terminal has to be fitted. */
  readonly textWidth: number;
  /** Box drawing and ticks, or plain ASCII for a terminal that says it can do nothing. */
  readonly unicode: boolean;
  readonly tick: string;
  readonly cross: string;
  readonly dash: string;
}

/**
 * How to print on a stream: coloured on a terminal only, unless NO_COLOR is set (https://no-color.org) or TERM is dumb.
 */
export function styleFor(stream: OutputStream, env: Io['env']): Style {
  const dumb = env['TERM'] === 'dumb';
  const color = createColors(stream.isTTY === true && !dumb && (env['NO_COLOR'] ?? '') === '');
  const [tick, cross, dash] = dumb ? ['ok', 'x', '-'] : ['✓', '✗', '–'];
  const columns = stream.isTTY === true && stream.columns !== undefined ? Math.max(NARROWEST, stream.columns) : null;
  return {
    color,
    width: columns ?? WIDTH_WITHOUT_TERMINAL,
    textWidth: columns ?? Number.POSITIVE_INFINITY,
    unicode: !dumb,
    tick: color.green(tick ?? ''),
    cross: color.red(cross ?? ''),
    dash: color.dim(dash ?? ''),
  };
}
