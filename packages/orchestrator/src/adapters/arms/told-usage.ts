/**
 * What an arm tells of its spending: step by step (a program's progress lines), or as the whole so far (its answer, and every
 * answer of a remote arm). Each part is counted once, in the order in which it was told.
 */
import { jsonPointer, messageOf } from '@switchyard/core';
import type { z } from 'zod';
import { BudgetExceeded } from '../../app/meter.ts';
import {
  type ArmSpending,
  armSpendingSchema,
  type JsonValue,
  remoteUsageSchema,
  type Usage,
} from '../../contract/index.ts';
import { shownValue } from '../../domain/shown-value.ts';
import type { ArmResult } from '../../ports/arm.ts';
import type { CallUse, Meter } from '../../ports/meter.ts';
import { ArmAnswerInvalid } from './arm-errors.ts';

const MS = 1000;

export interface ToldUsage {
  /** Takes the spending of a step out of a progress line. */
  hearStep(progress: JsonValue): void;
  /** Takes the header of a remote arm: the whole so far. Null says nothing. `isLast`: it came with the result. */
  hearTotal(header: string | null, isLast?: boolean): void;
  /** Takes what an answer says of the whole, with its result. */
  hearAnswer(answer: Pick<ArmResult, 'usage' | 'costUsd'>): void;
  /** When all that was told is counted. @throws BudgetExceeded; ArmAnswerInvalid where it was no usage */
  counted(): Promise<void>;
  /** When all that was told is counted: what the attempt fails with. A stop from outside goes before what it caused. */
  failureOf(error: unknown, stopped: AbortSignal): Promise<unknown>;
  /** All that was told, when it is counted. The cost is null where a price is not known. */
  whole(): Pick<ArmResult, 'usage' | 'costUsd' | 'overBudget'>;
}

export interface ToldUsageOptions {
  readonly arm: string;
  readonly meter: Meter;
  /** Ends the attempt: its budget is used up, or what it tells is no usage. */
  readonly stop: (reason: unknown) => void;
  /** Monotonic milliseconds. */
  readonly elapsed?: () => number;
}

export function toldUsage({ arm, meter, stop, elapsed = () => performance.now() }: ToldUsageOptions): ToldUsage {
  const startedAt = elapsed();
  const told = { inputTokens: 0, outputTokens: 0, costUsd: 0, extraSeconds: 0 };
  /** Whether anything was told; the latest word on the price. */
  let last: { readonly estimated: boolean; readonly isPriced: boolean } | null = null;
  let counting: Promise<void> = Promise.resolve();
  let failure: Error | null = null;
  let overBudget: string | undefined;

  const refuse = (reason: unknown): void => {
    failure ??= reason instanceof Error ? reason : new Error(messageOf(reason));
    stop(failure);
  };
  /** The work is done: what it used too much stops what comes after it, not this. */
  const note = (reason: unknown): void => {
    if (!(reason instanceof BudgetExceeded)) return refuse(reason);
    overBudget = reason.message;
  };
  const count = (use: Required<CallUse>, isLast: boolean): void => {
    told.inputTokens += use.inputTokens;
    told.outputTokens += use.outputTokens;
    told.costUsd += use.costUsd ?? 0;
    told.extraSeconds += use.extraSeconds;
    if (use.inputTokens + use.outputTokens + (use.costUsd ?? 0) + use.extraSeconds === 0) return;
    counting = counting.then(() => meter.record(use)).catch(isLast ? note : refuse);
  };
  const countTotal = ({ usage, cost_usd: cost = null }: ArmSpending, extraSeconds: number, isLast: boolean): void => {
    last = { estimated: usage?.estimated ?? last?.estimated ?? false, isPriced: cost !== null };
    const use = {
      inputTokens: Math.max(0, (usage?.input_tokens ?? 0) - told.inputTokens),
      outputTokens: Math.max(0, (usage?.output_tokens ?? 0) - told.outputTokens),
      costUsd: cost === null ? null : Math.max(0, cost - told.costUsd),
      extraSeconds: Math.max(0, extraSeconds - told.extraSeconds),
    };
    count(use, isLast);
  };

  return {
    hearStep: (progress) => {
      const step = armSpendingSchema.safeParse(progress);
      if (!step.success) return refuse(notUsage(arm, step.error, progress, 'a progress line'));
      const { usage, cost_usd: cost = null } = step.data;
      if (usage === undefined && cost === null) return;
      last = { estimated: usage?.estimated ?? false, isPriced: cost !== null && (last?.isPriced ?? true) };
      const [inputTokens, outputTokens] = [usage?.input_tokens ?? 0, usage?.output_tokens ?? 0];
      count({ inputTokens, outputTokens, costUsd: cost, extraSeconds: 0 }, false);
    },
    hearTotal: (header, isLast = false) => {
      if (header === null) return;
      const value = jsonOf(header);
      const total = remoteUsageSchema.safeParse(value);
      if (!total.success) return refuse(notUsage(arm, total.error, value, 'its Switchyard-Usage'));
      const { cost_usd, seconds = 0, ...usage } = total.data;
      countTotal({ usage, cost_usd }, seconds - (elapsed() - startedAt) / MS, isLast);
    },
    hearAnswer: ({ usage, costUsd = null }) => {
      if (usage !== undefined || costUsd !== null) countTotal({ usage, cost_usd: costUsd }, 0, true);
    },
    counted: async () => {
      await counting;
      if (failure !== null) throw failure;
    },
    failureOf: async (error, stopped) => {
      await counting;
      const reason: unknown = stopped.reason;
      return stopped.aborted ? reason : (failure ?? error);
    },
    whole: () => ({
      ...(last !== null && { usage: usageOf(told, last) }),
      costUsd: last?.isPriced === true ? told.costUsd : null,
      ...(overBudget !== undefined && { overBudget }),
    }),
  };
}

function usageOf(
  { inputTokens, outputTokens }: Pick<CallUse, 'inputTokens' | 'outputTokens'>,
  { estimated }: { readonly estimated: boolean },
): Usage {
  return { input_tokens: inputTokens, output_tokens: outputTokens, ...(estimated && { estimated }) };
}

/** What is no JSON stays the text that it is, which no schema of usage takes. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function notUsage(arm: string, { issues }: z.ZodError, value: unknown, where: string): ArmAnswerInvalid {
  const { path = [], message = '' } = issues[0] ?? {};
  const was = path.reduce<unknown>(
    (held, key) => (typeof held === 'object' && held !== null ? Reflect.get(held, key) : undefined),
    value,
  );
  return new ArmAnswerInvalid(
    arm,
    `${jsonPointer(path) || 'the whole'} of ${where} was ${shownValue(was)}; it may be ${message}`,
  );
}
