/** What the facts about a store need: the store, the queue beside it, and a hand on the world around both. */

import type { Task } from '../../../../src/domain/task.ts';
import type { Queue, QueuedJob } from '../../../../src/ports/queue.ts';
import type { AttemptRef, NewTask, NodeIdentity, ScreenRecord, Store } from '../../../../src/ports/store.ts';
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

/** The next job; fails when there is none. */
export async function fetchJob({ queue }: StoreSubject): Promise<QueuedJob> {
  const [job] = await queue.fetch(ARM, 1);
  if (job === undefined) throw new Error('there is no job to fetch');
  return job;
}

export interface Claimed {
  readonly task: Task;
  readonly reference: AttemptRef;
}

/** Fetches the next job and claims its task. */
export async function claimNext(subject: StoreSubject, node: NodeIdentity = NODE): Promise<Claimed> {
  const job = await fetchJob(subject);
  const claim = await subject.store.claim(job, node);
  if (claim.kind !== 'claimed') throw new Error(`the claim of task ${job.taskId} answered "nothing"`);
  return { task: claim.task, reference: { taskId: job.taskId, attempt: claim.attempt, job } };
}

export async function taskOf({ store }: StoreSubject, taskId: string): Promise<Task> {
  const task = await store.get(taskId);
  if (task === null) throw new Error(`there is no task ${taskId}`);
  return task;
}

export async function eventTypes({ store }: StoreSubject, taskId: string): Promise<string[]> {
  return (await store.events(taskId, 0, 10_000)).map((event) => event.type);
}
