import type { ReadTask } from '../../app/read-task.ts';
import type { TaskSummary, TaskView } from '../../contract/index.ts';
import type { TaskOverview } from '../../domain/task.ts';
import { isTerminal } from '../../domain/transitions.ts';

/** The wire form of a task, for its submitter. */
export function taskView({ task, redaction }: ReadTask): TaskView {
  const children = task.children === null ? {} : { children: task.children };
  return {
    ...taskSummary(task),
    ...children,
    metadata: task.metadata,
    result: task.result,
    ...(redaction && { redaction }),
  };
}

/** A task in a list. */
export function taskSummary(task: TaskOverview): TaskSummary {
  const self = `/tasks/${task.id}`;
  return {
    task_id: task.id,
    status: task.status,
    goal: task.goal,
    error: task.error,
    created_at: task.createdAt.toISOString(),
    updated_at: task.updatedAt.toISOString(),
    processing_time_ms: task.processingTimeMs,
    arm: task.arm,
    attempt: task.attempt,
    priority: task.priority,
    parent_task_id: task.parentTaskId,
    ...(task.metadata === null ? {} : { metadata: task.metadata }),
    ...(task.progress === null ? {} : { progress: task.progress }),
    ...(task.usage === null ? {} : { usage: task.usage }),
    ...(task.status === 'completed' || task.usage !== null ? { cost_usd: task.costUsd } : {}),
    ...(task.cancelRequestedAt === null ? {} : { cancel_requested: true }),
    trace_id: task.traceId,
    links: {
      self,
      events: `${self}/events`,
      ...(isTerminal(task.status) ? {} : { cancel: `${self}/cancel` }),
      ...(task.status === 'failed' ? { retry: `${self}/retry` } : {}),
    },
  };
}
