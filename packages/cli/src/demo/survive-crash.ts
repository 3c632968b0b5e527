import { sleep } from '@switchyard/core';
import type { TaskEvent } from '@switchyard/orchestrator/contract';
import { renderEvent } from '../render/event-line.ts';
import type { Examples } from './examples.ts';
import { DemoFailed, runTask, type Stage, seconds } from './stage.ts';

/** Into the work, which takes six seconds. */
const KILL_AFTER_MS = 1_500;
const TELL_EVERY_MS = 3_000;

interface Crash {
  readonly pid: number;
  readonly at: number;
}

/** Kills the process that works on a task, with SIGKILL and in the middle, and watches another take over. */
export async function surviveCrash(stage: Stage, { nightlyReport }: Examples): Promise<void> {
  let crash: Promise<Crash> | undefined;
  let resumed: { readonly pid: unknown; readonly at: number } | undefined;
  const waiting = new AbortController();
  const onEvent = (event: TaskEvent): void => {
    stage.say(renderEvent(event, stage.style));
    if (event.type !== 'task-started') return;
    if (event.data['attempt'] === 1) {
      crash = killWorker(stage, event, waiting.signal);
      // Looked at below, when the task has ended; until then a failure is not unhandled.
      crash.catch(() => undefined);
    } else {
      waiting.abort();
      resumed = { pid: event.data['pid'], at: performance.now() };
    }
  };
  try {
    const task = await runTask(stage, nightlyReport, onEvent);
    const killed = await crash;
    const takenOver = killed !== undefined && resumed !== undefined && resumed.pid !== killed.pid;
    stage.check(
      'a task outlives its worker',
      takenOver && task.status === 'completed' && task.attempt === 2,
      killed === undefined || resumed === undefined
        ? `the task ended as ${task.status} in attempt ${task.attempt}`
        : `process ${killed.pid} killed, attempt 2 began ${seconds(resumed.at - killed.at)} later and ${task.status}`,
    );
  } finally {
    waiting.abort();
  }
}

/** @param noticed aborts when another worker has taken over: then there is no need to tell of the waiting any more */
async function killWorker(stage: Stage, { data }: TaskEvent, noticed: AbortSignal): Promise<Crash> {
  const worker = stage.workers.find(({ pid }) => pid === data['pid']);
  if (worker === undefined)
    throw new DemoFailed(
      `the task was started by process ${JSON.stringify(data['pid'])}, which is none of the workers`,
    );
  await sleep(KILL_AFTER_MS, stage.signal);
  await worker.kill();
  const at = performance.now();
  stage.say(
    stage.style.color.bold(`SIGKILL to process ${worker.pid}. It could tell nobody; its task is still "processing".`),
  );
  void tellWaiting(stage, at, noticed);
  return { pid: worker.pid, at };
}

async function tellWaiting(stage: Stage, since: number, noticed: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([stage.signal, noticed]);
  try {
    for (;;) {
      await sleep(TELL_EVERY_MS, signal);
      stage.say(
        stage.style.color.dim(`  … ${seconds(performance.now() - since)}: waiting for its silence to be noticed`),
      );
    }
  } catch {
    // Aborted: another has taken over, or the demo ends.
  }
}
