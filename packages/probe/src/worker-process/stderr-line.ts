/** A line that a worker wrote to stderr: progress, a log line, or words of a program that knows of neither. */
import { type LogLine, logLineSchema, type ProgressLine, progressLineSchema } from '../worker-contract/stderr-lines.ts';

/** Who hears what a worker says. Default: nobody. */
export interface WorkerListeners {
  readonly onProgress?: ((progress: ProgressLine) => void) | undefined;
  /** Secrets are replaced already. A line that is no JSON comes as one of level `info` and context `worker`. */
  readonly onLog?: ((line: LogLine) => void) | undefined;
}

/** @param now ISO 8601, for lines that name no time */
export function tellLine(line: string, { onProgress, onLog }: WorkerListeners, now: () => string): void {
  const value = parse(line);
  const progress = progressLineSchema.safeParse(value);
  if (progress.success) {
    onProgress?.(progress.data);
    return;
  }
  const log = logLineSchema.safeParse(value);
  if (log.success) onLog?.(log.data);
  else if (line.trim() !== '') onLog?.({ level: 'info', time: now(), context: 'worker', msg: line });
}

function parse(line: string): unknown {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
