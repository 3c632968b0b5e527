/** `retention` of the configuration: times as text, `30d`, `12h`, `90m`, or `forever`. */
import { z } from 'zod';
import { listFromText } from './config-text.ts';
import { DEFAULT_RETENTION, type Retention } from './domain/retention.ts';

const UNIT_SECONDS = { m: 60, h: 3600, d: 24 * 3600 } as const;
const LONGEST_DAYS = 3650;
const TIME = /^(\d{1,7})([mhd])$/;
const MAY = `a time from 1m to ${LONGEST_DAYS}d, as 90m, 12h or 30d, or forever`;
const MAY_OF_KEYS = `a time from 1m to ${LONGEST_DAYS}d, as 90m, 12h or 30d`;
const NAMES = Object.keys(DEFAULT_RETENTION).join(', ');

/** Whole seconds; undefined when it is no such time. */
function secondsOf(text: string): number | undefined {
  const [, count, unit] = TIME.exec(text) ?? [];
  if (unit !== 'm' && unit !== 'h' && unit !== 'd') return undefined;
  const seconds = Number(count) * UNIT_SECONDS[unit];
  return seconds >= UNIT_SECONDS.m && seconds <= LONGEST_DAYS * UNIT_SECONDS.d ? seconds : undefined;
}

function time(may: string) {
  return z.string({ error: may }).transform((text, context) => {
    const seconds = secondsOf(text);
    if (seconds !== undefined) return seconds;
    context.issues.push({ code: 'custom', message: may, input: text });
    return z.NEVER;
  });
}

const timeOrForever = z.union([z.literal('forever').transform(() => null), time(MAY)], { error: MAY });

export const retentionSchema = z
  .strictObject(
    {
      tasks: timeOrForever.optional(),
      failed: timeOrForever.optional(),
      events: timeOrForever.optional(),
      screenLog: timeOrForever.optional(),
      idempotencyKeys: time(MAY_OF_KEYS).optional(),
    },
    {
      error: (issue) =>
        issue.code === 'unrecognized_keys'
          ? NAMES
          : 'an object, as {"tasks": "30d", "failed": "forever"}; in the environment tasks=30d,failed=forever',
    },
  )
  .transform(
    ({ tasks, failed, events, screenLog, idempotencyKeys }): Retention => ({
      tasks: tasks === undefined ? DEFAULT_RETENTION.tasks : tasks,
      failed: failed === undefined ? DEFAULT_RETENTION.failed : failed,
      events: events === undefined ? DEFAULT_RETENTION.events : events,
      screenLog: screenLog === undefined ? DEFAULT_RETENTION.screenLog : screenLog,
      idempotencyKeys: idempotencyKeys ?? DEFAULT_RETENTION.idempotencyKeys,
    }),
  );

/** Times as they are written, in the largest unit that has no rest. */
export type RetentionTexts = { readonly [kind in keyof Retention]: string };

export function retentionTexts({ tasks, failed, events, screenLog, idempotencyKeys }: Retention): RetentionTexts {
  return {
    tasks: textOf(tasks),
    failed: textOf(failed),
    events: textOf(events),
    screenLog: textOf(screenLog),
    idempotencyKeys: textOf(idempotencyKeys),
  };
}

function textOf(seconds: number | null): string {
  if (seconds === null) return 'forever';
  if (seconds % UNIT_SECONDS.d === 0) return `${seconds / UNIT_SECONDS.d}d`;
  return seconds % UNIT_SECONDS.h === 0 ? `${seconds / UNIT_SECONDS.h}h` : `${seconds / UNIT_SECONDS.m}m`;
}

/** `tasks=30d,failed=forever` of an environment variable; what it does not name keeps its default. As it is when it is none. */
export function retentionFromText(text: string): unknown {
  const parts = listFromText(text).map((part) => part.split('=').map((side) => side.trim()));
  return parts.every((part) => part.length === 2) ? Object.fromEntries(parts) : text;
}
