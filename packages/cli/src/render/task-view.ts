import type { JsonValue, TaskView } from '@switchyard/orchestrator/contract';
import { progressInWords } from './event-line.ts';
import { printable, printableLine, shortLine } from './printable.ts';
import type { Style } from './style.ts';

const LABEL_WIDTH = 11;
const LONGEST_GOAL = 200;
const MOST_RESULT_LINES = 40;

/** All about one task, for people. */
export async function renderTask(task: TaskView, style: Style): Promise<string> {
  const row = (label: string, value: string): string => `${style.color.dim(label.padEnd(LABEL_WIDTH))}${value}`;
  const lines = [
    row('task', task.task_id),
    row('status', statusOf(task, style)),
    row('goal', shortLine(task.goal, LONGEST_GOAL)),
    row('arm', `${printableLine(task.arm)}, ${task.priority} priority, attempt ${task.attempt}`),
    row('created', task.created_at),
    row('updated', task.updated_at),
  ];
  if (task.processing_time_ms !== null) lines.push(row('worked', `${task.processing_time_ms} ms`));
  if (task.children !== undefined) lines.push(row('subtasks', childrenOf(task.children)));
  if (task.progress !== undefined) lines.push(row('progress', shortLine(progressInWords(task.progress), LONGEST_GOAL)));
  if (task.usage !== undefined) lines.push(row('tokens', tokensOf(task.usage)));
  if (task.cost_usd !== undefined) lines.push(row('cost', task.cost_usd === null ? 'not known' : `$${task.cost_usd}`));
  if (task.error !== null)
    lines.push(row('error', style.color.red(printable(`${task.error.code}: ${task.error.message}`))));
  if (task.redaction?.restored === false)
    lines.push(row('redacted', style.color.yellow(printableLine(task.redaction.detail ?? ''))));
  if (task.result !== null) lines.push('', await renderResult(task.result, style));
  return lines.join('\n');
}

/** `7 of 10 ended: 6 completed, 1 failed`. */
function childrenOf({
  total,
  pending,
  processing,
  completed,
  failed,
  cancelled,
}: NonNullable<TaskView['children']>): string {
  const parts = Object.entries({ completed, failed, cancelled, processing, pending }).filter(([, count]) => count > 0);
  const standing = parts.map(([status, count]) => `${count} ${status}`).join(', ');
  return `${total - pending - processing} of ${total} ended: ${standing}`;
}

/** `completed`, in its colour; `processing, cancel asked for`. */
export function statusOf(
  { status, cancel_requested: asked }: Pick<TaskView, 'status' | 'cancel_requested'>,
  style: Style,
): string {
  const paint = {
    pending: style.color.yellow,
    processing: style.color.cyan,
    completed: style.color.green,
    failed: style.color.red,
    cancelled: style.color.dim,
  }[status];
  return paint(status) + (asked === true && status === 'processing' ? ', cancel asked for' : '');
}

/** A result by what it is: a graded atom, a model's answer, or any JSON. */
async function renderResult(result: JsonValue, style: Style): Promise<string> {
  if (typeof result === 'object' && result !== null && !Array.isArray(result)) {
    const { output, model, scripted } = result;
    if ('partial_score' in result) {
      // Only here: the grader's schemas would make every other view wait for them.
      const { readAtomResult, renderAtomReport } = await import('./atom-report.ts');
      const atom = readAtomResult(result);
      if (atom !== null) return renderAtomReport(atom, atom.atom_id, style);
    }
    if (typeof output === 'string') {
      const note = scripted === true ? ' (scripted: no model was asked)' : '';
      const by = typeof model === 'string' ? `answered by ${printableLine(model)}${note}\n` : '';
      return style.color.dim(by) + printable(output);
    }
  }
  return shortened(printable(JSON.stringify(result, null, 2)), style);
}

function shortened(text: string, style: Style): string {
  const lines = text.split('\n');
  const more = lines.length - MOST_RESULT_LINES;
  if (more <= 0) return text;
  return [...lines.slice(0, MOST_RESULT_LINES), style.color.dim(`… and ${more} more lines (all of it: --json)`)].join(
    '\n',
  );
}

function tokensOf(usage: NonNullable<TaskView['usage']>): string {
  const { input_tokens: input, output_tokens: output, estimated } = usage;
  return `${input ?? '?'} in, ${output ?? '?'} out${estimated === true ? ' (estimated)' : ''}`;
}
