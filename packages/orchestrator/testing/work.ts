import type { JsonValue } from '../src/contract/index.ts';
import type { Task } from '../src/domain/task.ts';
import type { Work } from '../src/ports/arm.ts';
import type { NewTranscript } from '../src/ports/transcripts.ts';
import { createFreeMeter } from './free-meter.ts';
import { makeTask } from './tasks.ts';

const DEADLINE_MS = 60_000;

export interface WorkFacts {
  readonly task?: Partial<Task>;
  readonly attempt?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (report: JsonValue) => void;
  readonly onKept?: (transcript: NewTranscript) => void;
}

/** What the engine would give an arm; a minute is left. */
export function makeWork({ task, attempt = 1, signal, onProgress, onKept }: WorkFacts = {}): Work {
  return {
    task: makeTask(task),
    attempt,
    deadline: new Date(Date.now() + DEADLINE_MS),
    signal: signal ?? new AbortController().signal,
    meter: createFreeMeter(),
    keep: (transcript) => onKept?.(transcript),
    progress: (report) => onProgress?.(report),
  };
}
