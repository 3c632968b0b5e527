/**
 * The life of a task: `pending → processing → completed, failed or cancelled`, and back to `pending` when an attempt is
 * to be followed by another. Nothing leaves a terminal state but a retry that was asked for (`failed → pending`).
 */
import type { TaskStatus } from '../contract/index.ts';

export function isTerminal(status: TaskStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
