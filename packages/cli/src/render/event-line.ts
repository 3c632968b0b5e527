import type { TaskEvent } from '@switchyard/orchestrator/contract';
import { printableLine, shortLine } from './printable.ts';
import type { Style } from './style.ts';

const TYPE_WIDTH = 21;
const LONGEST_DETAIL = 200;
const TIME_OF_DAY = 11;

/** One event on one line: time of day (UTC), number, type, and what is worth saying about it. */
export function renderEvent(event: TaskEvent, style: Style): string {
  const time = style.color.dim(event.at.slice(TIME_OF_DAY, TIME_OF_DAY + 12).replace('Z', ''));
  const paint =
    event.type === 'task-completed'
      ? style.color.green
      : event.type === 'task-failed' || event.type === 'task-cancelled'
        ? style.color.red
        : style.color.cyan;
  const detail = shortLine(detailOf(event), LONGEST_DETAIL);
  return `${time} ${String(event.number).padStart(2)} ${paint(event.type.padEnd(TYPE_WIDTH))} ${detail}`.trimEnd();
}

function detailOf({ type, data }: TaskEvent): string {
  const value = (name: string): string => textOf(data[name]);
  switch (type) {
    case 'task-children-ended':
      return 'its subtasks have ended; its arm makes the result of theirs';
    case 'task-submitted':
    case 'task-cancel-requested':
    case 'task-completed':
      return wordsOf(data);
    case 'task-started':
      return `attempt ${value('attempt')} by node ${value('node')}${data['pid'] === undefined ? '' : ` (process ${value('pid')})`}`;
    case 'task-recovered':
      return `attempt ${value('lost_attempt')} was lost with its worker`;
    case 'task-progressed':
      return data['progress'] === undefined ? wordsOf(data) : progressInWords(data['progress']);
    case 'task-retried':
      if (data['asked'] === true) return 'another try was asked for';
      return `attempt ${value('attempt')} failed (${errorOf(data['error'])}), again at ${value('retry_at')}`;
    case 'task-rerouted':
      return `${value('from')} gave up (${errorOf(data['error'])}), ${value('to')} is asked instead`;
    case 'task-released':
      return `attempt ${value('attempt')} was handed back by a node that shuts down`;
    case 'task-failed':
      return errorOf(data['error']);
    case 'task-cancelled':
      return data['stopped_after_ms'] === undefined ? '' : `stopped ${value('stopped_after_ms')} ms after the request`;
    default:
      return wordsOf(data satisfies TaskEvent['data']);
  }
}

/** `words 5, pages 2`: what an arm reports is its own; only what is nested stays JSON. To be made safe by who prints it. */
export function progressInWords(progress: TaskEvent['data'][string]): string {
  return typeof progress === 'object' && progress !== null && !Array.isArray(progress)
    ? wordsOf(progress)
    : textOf(progress);
}

function wordsOf(data: TaskEvent['data']): string {
  return Object.entries(data)
    .map(([name, value]) => `${name} ${textOf(value)}`)
    .join(', ');
}

function errorOf(error: TaskEvent['data'][string] | undefined): string {
  if (typeof error !== 'object' || error === null || Array.isArray(error)) return textOf(error);
  return `${textOf(error['code'])}: ${textOf(error['message'])}`;
}

function textOf(value: TaskEvent['data'][string] | undefined): string {
  if (value === undefined) return '?';
  return typeof value === 'string' ? printableLine(value) : JSON.stringify(value);
}
