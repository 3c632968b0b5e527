/**
 * The scripted model: deterministic answers from a script, for demonstrations, tests and systems without a provider key.
 * Every answer carries `scripted: true`.
 */
import { sleep } from '@switchyard/core';
import { compilePattern, LONGEST_SUBJECT } from './bounded-pattern.ts';
import { ScriptedFailure } from './errors.ts';
import type { Finish, Model, ModelAnswer, ModelMessage, ModelRequest } from './port.ts';
import { checkRequest } from './request.ts';
import { DEFAULT_OUTCOME, type Script, type ScriptOutcome, type ScriptRule } from './script.ts';
import { CHARACTERS_PER_TOKEN, estimateTokens } from './token-estimate.ts';

export interface ScriptedModelOptions {
  /** Default `scripted`. */
  readonly id?: string;
  /** Waits for a rule's delay; default core's sleep. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

type Matcher = (message: string) => boolean;

/** A model that answers the last user message by the first rule that matches it, else by the script's default. */
export function scriptedModel(script: Script, options: ScriptedModelOptions = {}): Model {
  const { id = 'scripted', sleep: wait = sleep } = options;
  const rules = script.rules.map((rule) => ({ rule, matches: matcherOf(rule) }));
  return {
    id,
    provider: 'scripted',
    async complete(request, signal) {
      signal?.throwIfAborted();
      checkRequest(request);
      const said = lastUserMessage(request.messages);
      const outcome: ScriptOutcome =
        rules.find(({ matches }) => matches(said))?.rule ?? script.default ?? DEFAULT_OUTCOME;
      if (outcome.delay_ms !== undefined) await wait(outcome.delay_ms, signal);
      if (outcome.error !== undefined) throw new ScriptedFailure(outcome.error, id, outcome.message);
      return answerOf(id, request, outcome);
    },
  };
}

function matcherOf({ match: { contains, pattern } }: ScriptRule): Matcher {
  if (pattern !== undefined) {
    const compiled = compilePattern(pattern);
    return (message) => compiled.test(message.slice(0, LONGEST_SUBJECT));
  }
  const wanted = (contains ?? '').toLowerCase();
  return (message) => message.toLowerCase().includes(wanted);
}

function lastUserMessage(messages: readonly ModelMessage[]): string {
  return messages.findLast(({ role }) => role === 'user')?.content ?? '';
}

function answerOf(id: string, request: ModelRequest, outcome: ScriptOutcome): ModelAnswer {
  const full = outcome.blocked === true ? '' : (outcome.answer ?? '');
  const text = full.slice(0, request.maxTokens * CHARACTERS_PER_TOKEN);
  return {
    text,
    model: id,
    provider: 'scripted',
    scripted: true,
    finish: finishOf(outcome, full, text),
    usage: {
      inputTokens: request.messages.reduce((sum, { content }) => sum + estimateTokens(content), 0),
      outputTokens: estimateTokens(text),
      estimated: true,
    },
  };
}

function finishOf(outcome: ScriptOutcome, full: string, text: string): Finish {
  if (outcome.blocked === true) return 'blocked';
  if (text.trim() === '') return 'empty';
  return text.length < full.length ? 'length' : 'stop';
}
