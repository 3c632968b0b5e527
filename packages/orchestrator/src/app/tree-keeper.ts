/**
 * Brings parents to their end when their children have ended.
 *
 * Owns: that each parent is settled by this process once at a time, and again when a child ended meanwhile. Leaves to the
 * store what follows (domain/tree.ts). Any number of processes may do it: the store lets one at a time. What nobody came to
 * say (its process died) the sweep's pass finds.
 */
import { messageOf } from '@switchyard/core';
import type { Task } from '../domain/task.ts';
import type { Logger } from '../ports/logger.ts';
import type { ExceededBudget } from '../ports/meter.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Signals } from '../ports/signals.ts';
import type { StoppedTasks, TreeStore } from '../ports/trees.ts';
import { budgetWords } from './meter.ts';

export interface TreeKeeper {
  /** A child of this parent has ended, or it was asked to stop. */
  look(parentId: string): void;
  /** A task has ended: its parent, if it has one, may end too. */
  ended(task: Pick<Task, 'parentTaskId'>): void;
  /** The budget of a parent is used up: all below it is stopped. Never rejects. */
  exceed(budget: ExceededBudget): void;
  /** Looks at every parent for which there is something to do. */
  pass(): Promise<void>;
  /** Resolves when nothing is being settled. */
  idle(): Promise<void>;
}

export interface TreeKeeperDependencies {
  readonly trees: TreeStore;
  readonly signals: Signals;
  readonly metrics: Pick<Metrics, 'taskReached'>;
  readonly logger: Logger;
}

export function createTreeKeeper({ trees, signals, metrics, logger }: TreeKeeperDependencies): TreeKeeper {
  /** Being settled; `again` when a child ended meanwhile. */
  const busy = new Map<string, { again: boolean; done: Promise<void> }>();

  const stopping = new Set<Promise<void>>();

  const settle = async (parentId: string): Promise<void> => {
    const settled = await trees.settle(parentId);
    switch (settled.kind) {
      case 'nothing':
        return;
      case 'stopping':
        publishStopped(settled, signals, metrics);
        for (const parent of settled.parents) look(parent);
        // All of them may have been waiting: then there is nothing left to wait for. Where none was, all that is left was asked
        // before, and who ends says so.
        if (settled.running.length === 0 && settled.cancelled.length > 0) look(parentId);
        return;
      case 'reducing':
        signals.publish([
          { topic: 'jobs', key: settled.arm },
          { topic: 'task', key: parentId },
        ]);
        return;
      case 'ended':
        metrics.taskReached(settled.status);
        signals.publish([{ topic: 'task', key: parentId }]);
        if (settled.parentTaskId !== null) look(settled.parentTaskId);
    }
  };

  const run = async (parentId: string, state: { again: boolean }): Promise<void> => {
    try {
      do {
        state.again = false;
        await settle(parentId);
      } while (state.again);
    } catch (error) {
      logger.debug(
        { task: parentId, error: messageOf(error) },
        'a parent could not be settled; the sweep comes back to it',
      );
    } finally {
      busy.delete(parentId);
    }
  };

  // Nobody waits inside a settling for another: a parent and the one above it may both look at each other.
  const look = (parentId: string): void => {
    const current = busy.get(parentId);
    if (current !== undefined) {
      current.again = true;
      return;
    }
    const state = { again: false, done: Promise.resolve() };
    busy.set(parentId, state);
    state.done = run(parentId, state);
  };

  const stopTree = async (budget: ExceededBudget): Promise<void> => {
    try {
      await trees.exceed(budget.taskId, { code: 'budget_exceeded', message: budgetWords(budget) });
      look(budget.taskId);
    } catch (error) {
      // Every further call of the tree is refused all the same.
      logger.warn({ task: budget.taskId, error: messageOf(error) }, 'a tree over its budget could not be stopped yet');
    }
  };

  return {
    look,
    ended: ({ parentTaskId }) => {
      if (parentTaskId !== null) look(parentTaskId);
    },
    exceed: (budget) => {
      const done = stopTree(budget).finally(() => stopping.delete(done));
      stopping.add(done);
    },
    pass: async () => {
      for (const budget of await trees.overtime()) await stopTree(budget);
      for (const parentId of await trees.unsettled()) look(parentId);
    },
    idle: async () => {
      while (busy.size + stopping.size > 0) {
        await Promise.all([...stopping, ...[...busy.values()].map(({ done }) => done)]);
      }
    },
  };
}

/** Tells the nodes of what runs to stop it, and everyone who watches. */
export function publishStopped(
  { cancelled, running }: Pick<StoppedTasks, 'cancelled' | 'running'>,
  signals: Signals,
  metrics: Pick<Metrics, 'taskReached'>,
): void {
  for (const _ of cancelled) metrics.taskReached('cancelled');
  signals.publish([
    ...running.flatMap((key) => [{ topic: 'cancel', key } as const, { topic: 'task', key } as const]),
    ...cancelled.map((key) => ({ topic: 'task', key }) as const),
  ]);
}
