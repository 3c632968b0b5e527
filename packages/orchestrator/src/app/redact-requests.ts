/** What the policy takes out of requests before anything of them is stored, and how it comes back in a result. */
import { SwitchyardError } from '@switchyard/core';
import type { FieldError, TaskContract } from '../contract/index.ts';
import { Numbering, type Redaction, Redactor } from '../domain/redaction.ts';
import { policyFor, treatmentOf } from '../domain/screening.ts';
import type { ArmContract } from '../ports/arm.ts';
import type { RedactionKeys, SealedRedactions } from '../ports/redactions.ts';
import { armNameOf, type ScreenedRequest, textsOf } from './prepare-task.ts';

export interface RedactedRequest {
  /** With placeholders; what else it holds is as it was. */
  readonly request: TaskContract;
  readonly redactions: readonly Redaction[];
}

/** There is no key to seal with, on a server whose configuration said that nothing is redacted. */
class RedactionImpossible extends SwitchyardError {
  constructor() {
    super('redaction_impossible', 'bug', 'something is to be redacted, and this server was started without a key');
  }
}

/**
 * Of requests that are submitted as one: the same value has the same placeholder in all of them. A value that was found in
 * one is taken out of every one whose arm redacts its type.
 */
export function redactTogether(
  requests: readonly { readonly request: TaskContract; readonly screened: ScreenedRequest }[],
  arms: ReadonlyMap<string, ArmContract>,
): RedactedRequest[] {
  const found = requests.flatMap(({ screened }) => screened.redact);
  if (found.length === 0) return requests.map(({ request }) => ({ request, redactions: [] }));
  const numbering = new Numbering(requests.map(({ request }) => textsOf(request)));
  return requests.map(({ request }) => {
    const policy = policyFor(arms.get(armNameOf(request)) ?? { screening: 'report' });
    const values = found.filter(({ type }) => treatmentOf(policy, { kind: 'pii', type }) === 'redact');
    const redactor = new Redactor(values, numbering);
    return { request: redacted(request, redactor), redactions: redactor.used };
  });
}

function redacted(request: TaskContract, redactor: Redactor): TaskContract {
  const { goal, constraints, context, acceptance_criteria: criteria, input, metadata, aggregate } = request;
  return {
    ...request,
    goal: redactor.text(goal),
    constraints: redactor.object(constraints),
    ...(typeof context === 'string' ? { context: redactor.text(context) } : {}),
    acceptance_criteria: criteria.map((criterion) => redactor.text(criterion)),
    ...(input === undefined ? {} : { input: redactor.json(input) }),
    metadata: redactor.object(metadata),
    aggregate: redactedAggregate(aggregate, redactor),
  };
}

/** Its pointer leads into results that hold placeholders. */
function redactedAggregate(aggregate: TaskContract['aggregate'], redactor: Redactor): TaskContract['aggregate'] {
  if (aggregate.by === 'best') return { ...aggregate, score: redactor.text(aggregate.score) };
  return aggregate.by === 'vote' ? { ...aggregate, on: redactor.text(aggregate.on) } : aggregate;
}

/** Where an arm's schema does not take the placeholders; empty when it does. */
export function placeholderFaults(
  { request, redactions }: RedactedRequest,
  arms: ReadonlyMap<string, ArmContract>,
): FieldError[] {
  if (redactions.length === 0) return [];
  const name = armNameOf(request);
  return (arms.get(name)?.checkInput(request.input ?? null) ?? []).map(({ pointer, detail }) => ({
    pointer: `/input${pointer}`,
    detail: `is redacted by the policy of arm "${name}", whose schema does not take the placeholder: it ${detail}`,
  }));
}

/** Undefined when there is nothing to seal. @throws RedactionImpossible */
export function sealed(
  taskId: string,
  redactions: readonly Redaction[],
  keys: RedactionKeys | null | undefined,
): { readonly redactions?: SealedRedactions } {
  if (redactions.length === 0) return {};
  if (keys === null || keys === undefined) throw new RedactionImpossible();
  return { redactions: keys.seal(taskId, redactions) };
}
