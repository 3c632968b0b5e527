import { ScheduleUnknown } from '../src/app/errors.ts';
import type { Schedules } from '../src/app/schedules.ts';

const unknown = async (name: string): Promise<never> => {
  throw new ScheduleUnknown(name);
};

/** Where nothing is handed in by the clock. */
export const noSchedules: Schedules = {
  create: ({ name }) => unknown(name),
  list: async () => [],
  get: unknown,
  change: unknown,
  remove: unknown,
  run: unknown,
  ticks: unknown,
};
