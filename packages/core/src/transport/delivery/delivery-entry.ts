/** One action on its way to the collector. */
import type { AgentFinishAction, AgentStartAction, SpanCreateAction, SpanFinishAction } from '../../queue/actions.ts';
import type { AgentRun } from './agent-run.ts';
import type { LinkedList, ListNode } from './linked-list.ts';

export type DeliverableAction = AgentStartAction | AgentFinishAction | SpanCreateAction | SpanFinishAction;

export interface Entry {
  /** Counts up from 1 in the order in which actions were accepted. */
  readonly number: number;
  readonly action: DeliverableAction;
  /** The agent instance that it belongs to. */
  readonly run: AgentRun;
  readonly bytes: number;
  /** Whether the disk spool holds it. */
  spooled: boolean;
  /** Whether it goes without the parent that it waited for in vain. */
  orphaned: boolean;
  place: Place;
}

/**
 * Where it is: in its lane, with a worker, waiting for another span to be settled, or done with. Only the first and the
 * third can make room for others.
 */
export type Place =
  | { readonly name: 'new' }
  | { readonly name: 'queued'; readonly lane: Lane; readonly inLane: ListNode<Entry>; readonly inAge: ListNode<Entry> }
  | { readonly name: 'sending'; readonly lane: Lane; readonly inAge: ListNode<Entry> }
  | {
      readonly name: 'waiting';
      readonly lane: Lane;
      readonly for: string;
      readonly since: number;
      readonly inAge: ListNode<Entry>;
    }
  | { readonly name: 'settled' };

/** What must be sent in order: one trace, or one run's own calls. */
export interface Lane {
  readonly key: string;
  readonly queue: LinkedList<Entry>;
  /** Entries of it that wait for a span. */
  waiting: number;
  phase: 'idle' | 'ready' | 'busy';
}

/** `span-create`s are what counts as a span; the others are counted beside. */
export type EntryClass = 'span' | 'finish' | 'agent';

export function classOf(action: DeliverableAction): EntryClass {
  if (action.type === 'span-create') return 'span';
  return action.type === 'span-finish' ? 'finish' : 'agent';
}

/** The lane of an action. */
export function laneOf(action: DeliverableAction, run: AgentRun): string {
  return action.type === 'span-create' || action.type === 'span-finish'
    ? `trace ${action.trace_id}`
    : `agent ${run.key}`;
}
