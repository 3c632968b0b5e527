/** What a probe worker answers: one JSON object on stdout, exit code 0 also on a reported failure (CONTRACTS.md, section 5). */
import { z } from 'zod';
import { isRetryableCode, MODEL_ERROR_CODES } from '../model/errors.ts';
import { MOST_TURNS } from './limits.ts';

const tokens = z.int().min(0);
/** Characters that are kept of what a worker says went wrong, and of the version that answered. */
const LONGEST_MESSAGE = 10_000;
const LONGEST_VERSION = 200;

const cutTo = (most: number) => z.string().transform((text) => text.slice(0, most));

export const transcriptTurnSchema = z.object({
  /** From 1. */
  turnNumber: z.int().min(1),
  /** `scenario_prompt` first, then the followup's label. */
  promptLabel: z.string(),
  probePrompt: z.string(),
  targetResponse: z.string(),
  inputTokens: tokens.optional(),
  outputTokens: tokens.optional(),
  /**
   * What else is known of the answer. Ours: `finishReason` (`stop`, `length`), `reasoningTokens`, `tokensEstimated` (true where
   * the provider gave no counts), `cutBytes` (bytes of the answer that were not kept), `scripted` (true where no model was asked).
   */
  providerMetadata: z.record(z.string(), z.unknown()).optional(),
});
export type TranscriptTurn = z.output<typeof transcriptTurnSchema>;

export const workerTranscriptSchema = z.object({
  turns: z.array(transcriptTurnSchema).max(MOST_TURNS),
  totalInputTokens: tokens,
  totalOutputTokens: tokens,
  /** What the provider says has answered; the first that it said. */
  modelVersion: cutTo(LONGEST_VERSION).optional(),
  startedAt: z.iso.datetime({ offset: true }),
  completedAt: z.iso.datetime({ offset: true }),
});
export type WorkerTranscript = z.output<typeof workerTranscriptSchema>;

/** Where a worker leaves `retryable` out, the code's class decides. */
export const workerErrorSchema = z
  .object({
    message: cutTo(LONGEST_MESSAGE),
    code: z.enum(MODEL_ERROR_CODES).catch('UNKNOWN'),
    retryable: z.boolean().optional(),
    details: cutTo(LONGEST_MESSAGE).optional(),
    /** HTTP status of the provider's answer. */
    statusCode: z.int().optional(),
    /** When the provider says that trying again may help, milliseconds from now. */
    retryAfterMs: z.number().min(0).optional(),
  })
  .transform((error) => ({ ...error, retryable: error.retryable ?? isRetryableCode(error.code) }));
export type WorkerError = z.output<typeof workerErrorSchema>;

export const workerOutputSchema = z.discriminatedUnion('success', [
  z.object({ success: z.literal(true), transcript: workerTranscriptSchema }),
  z.object({
    success: z.literal(false),
    error: workerErrorSchema,
    /** The turns before the one that failed, where there are any: they were paid for. */
    partial: workerTranscriptSchema.optional(),
  }),
]);
export type WorkerOutput = z.output<typeof workerOutputSchema>;
