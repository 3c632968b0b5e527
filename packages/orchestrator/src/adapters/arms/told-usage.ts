/**
 * What a program tells of its spending: along the way, on progress lines (`usage` and `cost_usd` of what it just did), and in
 * its answer (of the whole). Each part is counted once.
 */
import { messageOf } from '@switchyard/core';
import { type JsonValue, usageSchema } from '../../contract/index.ts';
import type { ArmResult } from '../../ports/arm.ts';
import type { Meter } from '../../ports/meter.ts';

export interface ToldUsage {
  /** Takes the spending out of a progress line. */
  hear(progress: JsonValue): void;
  /** Counts what the answer has beyond what was told. @throws BudgetExceeded when something told before was too much */
  finish(answer: ArmResult): Promise<void>;
}

/** @param stop ends the attempt: its budget is used up */
export function toldUsage(meter: Meter, stop: (reason: unknown) => void): ToldUsage {
  const told = { inputTokens: 0, outputTokens: 0, costUsd: 0 };
  let counting: Promise<void> = Promise.resolve();
  let failure: { readonly reason: unknown } | null = null;
  const count = (inputTokens: number, outputTokens: number, costUsd: number | null): void => {
    counting = counting
      .then(() => meter.record({ inputTokens, outputTokens, costUsd }))
      .catch((reason: unknown) => {
        failure ??= { reason };
        stop(reason);
      });
  };
  return {
    hear: (progress) => {
      const spent = spentIn(progress);
      if (spent === null) return;
      told.inputTokens += spent.inputTokens;
      told.outputTokens += spent.outputTokens;
      told.costUsd += spent.costUsd ?? 0;
      count(spent.inputTokens, spent.outputTokens, spent.costUsd);
    },
    finish: async ({ usage, costUsd = null }) => {
      await counting;
      if (failure !== null)
        throw failure.reason instanceof Error ? failure.reason : new Error(messageOf(failure.reason));
      const input = Math.max(0, (usage?.input_tokens ?? 0) - told.inputTokens);
      const output = Math.max(0, (usage?.output_tokens ?? 0) - told.outputTokens);
      const cost = costUsd === null ? null : Math.max(0, costUsd - told.costUsd);
      if (input + output === 0 && (cost === null || cost === 0)) return;
      // The work is done and its result is there: what it used too much stops what comes after it, not this.
      await meter.record({ inputTokens: input, outputTokens: output, costUsd: cost }).catch(() => undefined);
    },
  };
}

function spentIn(progress: JsonValue): { inputTokens: number; outputTokens: number; costUsd: number | null } | null {
  if (typeof progress !== 'object' || progress === null || Array.isArray(progress)) return null;
  const usage = usageSchema.safeParse(progress['usage']);
  if (!usage.success) return null;
  const cost = progress['cost_usd'];
  return {
    inputTokens: usage.data.input_tokens ?? 0,
    outputTokens: usage.data.output_tokens ?? 0,
    costUsd: typeof cost === 'number' && cost >= 0 ? cost : null,
  };
}
