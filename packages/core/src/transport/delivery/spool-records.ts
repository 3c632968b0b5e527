/** The lines of the spool: one JSON object each. */
import { z } from 'zod';
import type { JsonObject } from '../../json.ts';
import type { AgentFinishAction, AgentStartAction, SpanCreateAction, SpanFinishAction } from '../../queue/actions.ts';
import type { AgentRunState } from './agent-run.ts';
import type { DeliverableAction } from './delivery-entry.ts';

const text = z.string().min(1);
const json = z.json();

const agentStart = z.object({
  type: z.literal('agent-start'),
  agent_id: z.string().optional(),
  environment_id: z.string().optional(),
  agent_version: z.object({ external_identifier: z.string(), name: z.string(), description: z.string() }),
  timestamp: text,
  register_idempotency_key: text,
  idempotency_key: text,
}) satisfies z.ZodType<AgentStartAction>;

const agentFinish = z.object({
  type: z.literal('agent-finish'),
  status: z.enum(['complete', 'failed', 'cancelled']).optional(),
  timestamp: text,
  idempotency_key: text,
}) satisfies z.ZodType<AgentFinishAction>;

const spanCreate = z.object({
  type: z.literal('span-create'),
  trace_id: text,
  span_id: text,
  parent_span_id: z.string().nullable(),
  schema_name: z.string(),
  status: z.enum(['active', 'complete', 'failed']),
  payload: json,
  result_payload: json.optional(),
  started_at: text,
  finished_at: z.string().nullable(),
  idempotency_key: text,
}) satisfies z.ZodType<SpanCreateAction>;

const spanFinish = z.object({
  type: z.literal('span-finish'),
  trace_id: text,
  span_id: text,
  status: z.enum(['complete', 'failed']).optional(),
  result_payload: json.optional(),
  timestamp: text,
  idempotency_key: text,
}) satisfies z.ZodType<SpanFinishAction>;

const runState = z.discriminatedUnion('name', [
  z.object({ name: z.literal('unregistered') }),
  z.object({ name: z.literal('registered'), id: text }),
  z.object({ name: z.literal('started'), id: text }),
]);

/** A run and how far it has come; a later line of the same run replaces an earlier one. */
export interface RunLine {
  readonly line: 'run';
  readonly action: AgentStartAction;
  readonly schema?: JsonObject | undefined;
  readonly state: AgentRunState;
}

/** An action that is owed. */
export interface ActionLine {
  readonly line: 'action';
  /** The key of its run. */
  readonly run: string;
  /** The collector's id of the span that it hangs on, where it was known by then. */
  readonly target?: string | undefined;
  readonly action: DeliverableAction;
}

/** The action with this key is settled. */
export interface DoneLine {
  readonly line: 'done';
  readonly key: string;
  /** What the collector calls the span that it created. */
  readonly id?: string | undefined;
}

const anyLine = z.discriminatedUnion('line', [
  z.object({
    line: z.literal('run'),
    action: agentStart,
    schema: z.record(z.string(), json).optional(),
    state: runState,
  }),
  z.object({
    line: z.literal('action'),
    run: text,
    target: text.optional(),
    action: z.discriminatedUnion('type', [agentStart, agentFinish, spanCreate, spanFinish]),
  }),
  z.object({ line: z.literal('done'), key: text, id: text.optional() }),
]) satisfies z.ZodType<RunLine | ActionLine | DoneLine>;

/** Null for a line that is not whole, or not ours: the tail of a file whose writer was ended halfway. */
function parseSpoolLine(line: string): RunLine | ActionLine | DoneLine | null {
  try {
    const parsed = anyLine.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** What a spool held: actions in the order in which they were accepted, each with its run. */
export interface SpooledWork {
  readonly runs: readonly RunLine[];
  readonly actions: readonly ActionLine[];
  /** Lines that could not be read. */
  readonly unreadable: number;
}

/** What is still owed by the lines of all files, oldest first. */
export function readSpool(texts: readonly string[]): SpooledWork {
  const runs = new Map<string, RunLine>();
  const actions = new Map<string, ActionLine>();
  const ids = new Map<string, string>();
  let unreadable = 0;
  for (const line of texts.flatMap((content) => content.split('\n'))) {
    if (line === '') continue;
    const parsed = parseSpoolLine(line);
    if (parsed === null) unreadable += 1;
    else if (parsed.line === 'run') runs.set(parsed.action.register_idempotency_key, parsed);
    else if (parsed.line === 'action') actions.set(parsed.action.idempotency_key, parsed);
    else {
      const action = actions.get(parsed.key)?.action;
      if (action?.type === 'span-create' && parsed.id !== undefined) ids.set(action.span_id, parsed.id);
      actions.delete(parsed.key);
    }
  }
  const owed = [...actions.values()].filter(({ run }) => runs.has(run));
  return {
    runs: [...runs.values()],
    actions: owed.map((line) => ({ ...line, target: line.target ?? ids.get(dependencyOf(line) ?? '') })),
    unreadable: unreadable + actions.size - owed.length,
  };
}

/** Our id of the span whose id at the collector the action needs. */
export function dependencyOf({ action }: Pick<ActionLine, 'action'>): string | null {
  if (action.type === 'span-create') return action.parent_span_id;
  return action.type === 'span-finish' ? action.span_id : null;
}
