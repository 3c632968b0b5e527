/** Executions of the handoff protocol as durable tasks of the greenlight arm; the execution's id is the task's. */
import {
  type AtomResult,
  atomResultSchema,
  type Execution,
  type Executions,
  InvalidAtom,
} from '@switchyard/greenlight';
import { type JsonValue, jsonSchema, taskRequestSchema } from '../contract/index.ts';
import type { Task } from '../domain/task.ts';
import { RequestInvalid } from './errors.ts';
import type { ReadTask } from './read-task.ts';
import type { Submit } from './submit.ts';

const ARM = 'greenlight';
/** Where the atom lies in a task, as the pointers of a refusal have it. */
const INPUT = '/input';
const LONGEST_SECONDS = 3600;
/** Boxes that start, files that are compiled, a line before the boxes. */
const SPARE_SECONDS = 60;

type QueuedAtom = Parameters<Executions['queue']>[0];

/** @param read a task as its submitter reads it */
export function createExecutions(submit: Submit, read: (taskId: string) => Promise<ReadTask | null>): Executions {
  return {
    queue: async (atom, { idempotencyKey, requestId, parent }) => {
      const request = taskRequestSchema.parse({
        goal: `Grade the submission to atom "${atom.atom_id}"`,
        assigned_arm: ARM,
        input: jsonOf(atom),
        budget: { max_time_seconds: longestOf(atom) },
      });
      try {
        const { taskId } = await submit(request, { requestId, idempotencyKey, parent });
        return taskId;
      } catch (error) {
        throw error instanceof RequestInvalid ? asSent(error, atom) : error;
      }
    },
    find: async (executionId) => {
      const task = (await read(executionId))?.task ?? null;
      return task === null || (task.armsTried[0] ?? task.arm) !== ARM ? null : executionOf(task);
    },
  };
}

/** Undefined fields have no place in JSON. */
function jsonOf(atom: QueuedAtom): JsonValue {
  return jsonSchema.parse(JSON.parse(JSON.stringify(atom)));
}

/** The time that all tests may take together, and some more. */
function longestOf({ content_json: { tests, runner_limits: limits } }: QueuedAtom): number {
  const seconds = ((tests.length + 2) * limits.wall_ms) / 1000;
  return Math.min(Math.ceil(seconds) + SPARE_SECONDS, LONGEST_SECONDS);
}

/** A refusal whose pointers are those of the atom as it was sent. */
function asSent(error: RequestInvalid, atom: QueuedAtom): InvalidAtom {
  const issues = error.errors.map(({ pointer, detail }) => ({
    pointer: pointer.startsWith(INPUT) ? pointer.slice(INPUT.length) : pointer,
    detail,
  }));
  return new InvalidAtom(`atom "${atom.atom_id}"`, issues);
}

function executionOf(task: Task): Execution {
  const known = { executionId: task.id, atomId: atomIdOf(task.input) };
  switch (task.status) {
    case 'pending':
      return { ...known, status: 'pending' };
    case 'processing':
      return { ...known, status: 'running' };
    case 'completed':
      return { ...known, status: 'complete', result: resultOf(task) };
    case 'failed':
      return { ...known, status: 'failed', message: task.error?.message ?? 'no reason was kept' };
    case 'cancelled':
      return { ...known, status: 'failed', message: 'it was cancelled' };
  }
}

function resultOf({ result }: Task): AtomResult {
  return atomResultSchema.parse(result);
}

function atomIdOf(input: JsonValue): string {
  const id = typeof input === 'object' && input !== null && !Array.isArray(input) ? input['atom_id'] : undefined;
  return typeof id === 'string' ? id : '';
}
