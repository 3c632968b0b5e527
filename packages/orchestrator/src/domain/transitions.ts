/**
 * The life of a task: `pending → processing → completed, failed or cancelled`, and back to `pending` when an attempt is
 * to be followed by another. Nothing leaves a terminal state but a retry that was asked for (`failed → pending`).
 */
import type { TaskStatus } from '../contract/index.ts';

const NEXT: { readonly [from in TaskStatus]: readonly TaskStatus[] } = {
  pending: ['processing', 'cancelled', 'failed'],
  // To itself: an attempt whose worker died is followed by the next one.
  processing: ['processing', 'pending', 'completed', 'failed', 'cancelled'],
  completed: [],
  failed: ['pending'],
  cancelled: [],
};

export function mayBecome(from: TaskStatus, to: TaskStatus): boolean {
  return NEXT[from].includes(to);
}

export function isTerminal(status: TaskStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
