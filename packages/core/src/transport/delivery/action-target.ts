/** What a call needs to know of other spans, or must wait for first. */
import type { Entry } from './delivery-entry.ts';
import type { SpanIds } from './span-ids.ts';

export type ActionTarget =
  /** `id` is the collector's: of the parent for a `span-create`, of the span itself for a `span-finish`. */
  | { readonly name: 'send'; readonly id: string | null }
  /** For our id of a span, or the key of a run, to be settled. */
  | { readonly name: 'wait'; readonly for: string }
  /** A finish of a span that the collector does not have. */
  | { readonly name: 'drop' };

/** An orphaned entry waits no more: a span goes without its parent, a finish without its span does not go. */
export function targetOf({ action, run, orphaned }: Entry, ids: SpanIds): ActionTarget {
  switch (action.type) {
    case 'agent-start':
      return { name: 'send', id: null };
    case 'agent-finish':
      return run.unsettled > 0 ? { name: 'wait', for: run.key } : { name: 'send', id: null };
    case 'span-create': {
      const parent = ids.resolve(action.parent_span_id);
      if (parent.name === 'known') return { name: 'send', id: parent.id };
      return orphaned ? { name: 'send', id: null } : { name: 'wait', for: parent.spanId };
    }
    case 'span-finish': {
      const place = ids.get(action.span_id)?.place;
      if (place?.name === 'sent') return { name: 'send', id: place.id };
      return place?.name === 'dropped' || orphaned ? { name: 'drop' } : { name: 'wait', for: action.span_id };
    }
  }
}
