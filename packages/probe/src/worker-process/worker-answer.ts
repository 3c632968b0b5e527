/** From how a worker ended and what it wrote to its answer, or to why there is none. */
import { isJsonObject, type JsonObject, jsonPointer, type LineResult } from '@switchyard/core';
import type { z } from 'zod';
import { cutAnswer } from '../conversation/cut-answer.ts';
import { plannedTurns } from '../conversation/hold-conversation.ts';
import type { WorkerInput } from '../worker-contract/input.ts';
import { LONGEST_ANSWER_BYTES } from '../worker-contract/limits.ts';
import type { TranscriptTurn, WorkerOutput, WorkerTranscript } from '../worker-contract/output.ts';
import { workerOutputSchema } from '../worker-contract/output.ts';
import { WorkerAnswerInvalid, WorkerAnswerTooLarge, WorkerDied, WorkerNotStartable, WorkerTimedOut } from './errors.ts';
import type { WorkerListeners } from './stderr-line.ts';

/** Of an unreadable answer, quoted in the message. */
const QUOTED_CHARACTERS = 120;

/** What it answered, and its last words, for messages about the answer. */
export interface Answered {
  readonly answer: JsonObject;
  readonly stderr: string;
}

/**
 * @param worker for messages, as `the worker probe.py`
 * @param kept true for one that serves: whatever its exit code, an end is no answer
 * @throws WorkerDied, WorkerTimedOut, WorkerNotStartable, WorkerAnswerTooLarge, WorkerAnswerInvalid, or the reason of the abort
 */
export function readAnswer(worker: string, result: LineResult, kept: boolean): Answered {
  const { stderr } = result;
  switch (result.status) {
    case 'answered':
      return { answer: parseAnswer(worker, result.line, stderr), stderr };
    case 'exited':
      if (result.exitCode === 0 && !kept) return { answer: parseAnswer(worker, result.stdout, stderr), stderr };
      throw new WorkerDied(worker, `ended with exit code ${result.exitCode}`, stderr);
    case 'signalled':
      throw new WorkerDied(worker, `was ended by ${result.signal}`, stderr);
    case 'timed-out':
      throw new WorkerTimedOut(worker, result.timeLimitMs, stderr);
    case 'output-limit':
      throw new WorkerAnswerTooLarge(worker, result.maxStdoutBytes);
    case 'spawn-failed':
      throw new WorkerNotStartable(worker, result.message);
    case 'aborted':
      throw result.reason;
  }
}

/** @throws WorkerAnswerInvalid for what is no JSON object with a boolean `success` */
export function parseAnswer(worker: string, text: string, stderr: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new WorkerAnswerInvalid(worker, `it is no JSON: ${quote(text)}`, stderr, { cause: error });
  }
  if (isJsonObject(value) && typeof value['success'] === 'boolean') return value;
  throw new WorkerAnswerInvalid(worker, `it is no object with "success" true or false: ${quote(text)}`, stderr);
}

/**
 * The answer as that of a probe. A response longer than the contract keeps is cut, marked in its turn and warned of.
 *
 * @param input what it was asked: its turns are those that were, one after the other, each with an answer
 * @throws WorkerAnswerInvalid, with a JSON Pointer to what is wrong
 */
export function readOutput(
  worker: string,
  { answer, stderr }: Answered,
  input: Pick<WorkerInput, 'scenario' | 'config'>,
  { onLog, now }: Pick<WorkerListeners, 'onLog'> & { readonly now: () => string },
): WorkerOutput {
  const output = checkedAnswer(worker, { answer, stderr }, workerOutputSchema);
  const flaw = output.success
    ? turnsFlaw('/transcript/turns', output.transcript, input)
    : output.partial && turnsFlaw('/partial/turns', output.partial, input);
  if (flaw !== undefined) throw new WorkerAnswerInvalid(worker, flaw, stderr);
  const cut = (turn: TranscriptTurn): TranscriptTurn => {
    const { text, cutBytes } = cutAnswer(turn.targetResponse);
    if (cutBytes === 0) return turn;
    const { turnNumber } = turn;
    const msg = `${worker} wrote ${LONGEST_ANSWER_BYTES + cutBytes} bytes in turn ${turnNumber}; ${cutBytes} were cut`;
    onLog?.({ level: 'warn', time: now(), context: 'worker', msg, turnNumber, cutBytes });
    return { ...turn, targetResponse: text, providerMetadata: { ...turn.providerMetadata, cutBytes } };
  };
  const bounded = (transcript: WorkerTranscript): WorkerTranscript => ({
    ...transcript,
    turns: transcript.turns.map(cut),
  });
  if (output.success) return { ...output, transcript: bounded(output.transcript) };
  return { ...output, ...(output.partial && { partial: bounded(output.partial) }) };
}

/** Why these turns are not the ones that were asked for. A blank answer is a failure that was not told as one. */
function turnsFlaw(
  pointer: string,
  { turns }: WorkerTranscript,
  input: Pick<WorkerInput, 'scenario' | 'config'>,
): string | undefined {
  const planned = plannedTurns(input);
  if (turns.length === 0) return `${pointer} is empty; a conversation without an answer is a failure`;
  for (const [index, turn] of turns.entries()) {
    const asked = planned[index];
    const place = `${pointer}/${index}`;
    if (asked === undefined) return `${place} is one too many; ${planned.length} were asked for`;
    if (turn.turnNumber !== asked.turnNumber)
      return `${place}/turnNumber was ${turn.turnNumber}; it may be ${index + 1}`;
    if (turn.promptLabel !== asked.promptLabel) return `${place}/promptLabel is not the one that was asked for`;
    if (turn.probePrompt.toWellFormed() !== asked.probePrompt.toWellFormed())
      return `${place}/probePrompt is not the one that was asked for`;
    if (turn.targetResponse.trim() === '')
      return `${place}/targetResponse is blank; an answer without text is a failure`;
  }
  return undefined;
}

/** The answer as `schema` has it. @throws WorkerAnswerInvalid, with a JSON Pointer to what is wrong */
export function checkedAnswer<Output>(worker: string, { answer, stderr }: Answered, schema: z.ZodType<Output>): Output {
  const { data, error } = schema.safeParse(answer);
  if (error === undefined) return data;
  const issue = error.issues[0];
  const where = jsonPointer(issue?.path ?? []);
  const what = `${where === '' ? 'the whole' : where}: ${issue?.message ?? 'it does not fit'}`;
  throw new WorkerAnswerInvalid(worker, what, stderr, { cause: error });
}

function quote(text: string): string {
  const shown = text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}…` : text;
  return text.trim() === '' ? 'nothing was written' : JSON.stringify(shown);
}
