import type { Logger } from '../src/ports/logger.ts';
import type { Metrics } from '../src/ports/metrics.ts';

export interface RecordingMetrics extends Metrics {
  /** One line a call: `submitted medium`, `reached failed`, `attempt test complete`, `screened Blocked`. */
  readonly lines: readonly string[];
}

export function createRecordingMetrics(): RecordingMetrics {
  const lines: string[] = [];
  return {
    lines,
    taskSubmitted: (priority) => void lines.push(`submitted ${priority}`),
    taskReached: (status) => void lines.push(`reached ${status}`),
    attemptEnded: (arm, outcome) => void lines.push(`attempt ${arm} ${outcome}`),
    screened: (status) => void lines.push(`screened ${status}`),
  };
}

export interface LogLine {
  readonly level: keyof Logger;
  readonly facts: object;
  readonly message: string;
}

export interface RecordingLogger extends Logger {
  readonly lines: readonly LogLine[];
}

export function createRecordingLogger(): RecordingLogger {
  const lines: LogLine[] = [];
  const at =
    (level: keyof Logger) =>
    (facts: object, message: string): void =>
      void lines.push({ level, facts, message });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
