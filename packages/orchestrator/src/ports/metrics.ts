/** What the application counts. Labels are from fixed sets: never an id. */
import type { Priority, TaskStatus } from '../contract/index.ts';

export interface Metrics {
  taskSubmitted(priority: Priority): void;
  taskReached(status: TaskStatus): void;
  attemptEnded(arm: string, outcome: string, seconds: number): void;
  screened(status: 'Success' | 'Blocked' | 'Error'): void;
}
