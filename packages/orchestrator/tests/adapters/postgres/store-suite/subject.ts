/** What the facts about a store need: the store, the queue beside it, and a hand on the world around both. */

import type { Task } from '../../../../src/domain/task.ts';
import type { Queue } from '../../../../src/ports/queue.ts';
import type { AttemptRef, Claim, NewTask, NodeIdentity, ScreenRecord, Store } from '../../../../src/ports/store.ts';
import { ARM, newTask } from '../parts.ts';

export interface LivingNode {
  readonly identity: NodeIdentity;
  /** Its process is gone, as everyone can see. */
  die(): Promise<void>;
}

export interface StoreSubject extends AsyncDisposable {
  readonly store: Store;
  readonly queue: Queue;
  openNode(id: number): Promise<LivingNode>;
  /** The queue's upkeep dropped the open job of the task, some time ago. */
  loseJob(taskId: string): Promise<void>;
  /** A second job for the task, as no part of the system makes one. */
  addStrayJob(taskId: string): Promise<void>;
  /** Jobs of the task that wait or are held. */
  openJobs(taskId: string): Promise<number>;
  /** All of them were submitted in this microsecond. */
  alignCreation(taskIds: readonly string[], at: string): Promise<void>;
  /** The waiting task was submitted so many minutes ago. */
  waitedFor(taskId: string, minutes: number): Promise<void>;
  /** The keys that were used have reached the end of their life. */
  expireKeys(): Promise<void>;
  storedKeys(): Promise<string[]>;
  screenRecords(): Promise<Pick<ScreenRecord, 'taskId' | 'status' | 'findings'>[]>;
  /** Forgets all tasks and jobs. */
  clear(): Promise<void>;
}

/** Gives the subject of the running suite; inside hooks and tests only. */
export type Use = () => StoreSubject;

export const NODE: NodeIdentity = { id: 11, pid: 1100 };

export async function submit({ store }: StoreSubject, ...tasks: NewTask[]): Promise<string[]> {
  const wanted = tasks.length === 0 ? [newTask()] : tasks;
  await store.insert(wanted);
  return wanted.map(({ spec }) => spec.id);
}

export async function submitOne(subject: StoreSubject, task: NewTask = newTask()): Promise<string> {
  await submit(subject, task);
  return task.spec.id;
}

export interface Claimed {
  readonly task: Task;
  readonly reference: AttemptRef;
}

/** What the next job brings; fails when there is none. */
export async function claimAny({ store }: StoreSubject, node: NodeIdentity = NODE): Promise<Claim> {
  const [claim] = await store.claim(ARM, 1, node);
  if (claim === undefined) throw new Error('there is no job to claim');
  return claim;
}

/** Claims the task of the next job. */
export async function claimNext(subject: StoreSubject, node: NodeIdentity = NODE): Promise<Claimed> {
  const claim = await claimAny(subject, node);
  if (claim.kind !== 'claimed') throw new Error(`the claim of task ${claim.job.taskId} answered "nothing"`);
  return { task: claim.task, reference: referenceOf(claim) };
}

export function referenceOf({ job, attempt }: Extract<Claim, { kind: 'claimed' }>): AttemptRef {
  return { taskId: job.taskId, attempt, job };
}

export async function taskOf({ store }: StoreSubject, taskId: string): Promise<Task> {
  const task = await store.get(taskId);
  if (task === null) throw new Error(`there is no task ${taskId}`);
  return task;
}

export async function eventTypes({ store }: StoreSubject, taskId: string): Promise<string[]> {
  return (await store.events(taskId, 0, 10_000)).map((event) => event.type);
}

/** The tasks of the next jobs, in the order in which they are handed out. */
export async function fetchJobsOf({ store }: StoreSubject, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    ids.push(...(await store.claim(ARM, 1, NODE)).map(({ job }) => job.taskId));
  }
  return ids;
}
