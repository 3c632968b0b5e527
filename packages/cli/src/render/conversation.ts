/** A conversation as it goes: for people, or a line of JSON for each turn and one for how it ended. */
import {
  type ProgressLine,
  plannedTurns,
  type TranscriptTurn,
  type WorkerInput,
  type WorkerOutput,
} from '@switchyard/probe';
import type { Context } from '../context.ts';
import { printable, printableLine } from './printable.ts';

export interface TurnPrinter {
  progress(progress: ProgressLine): void;
  /** Of runtimes that tell the texts as they come. */
  turn(turn: TranscriptTurn): void;
  /** @param costUsd null when the price is not known */
  end(output: WorkerOutput, costUsd: number | null): void;
}

export function createTurnPrinter(input: WorkerInput, json: boolean, context: Context): TurnPrinter {
  const { style, noteStyle } = context;
  const planned = plannedTurns(input);
  let printed = 0;
  const heading = (text: string): string => style.color.bold(printableLine(text));
  const answer = (turn: TranscriptTurn): void => {
    printed = turn.turnNumber;
    if (json) context.printJson({ type: 'turn', ...turn });
    else context.print(`${answerOf(turn, input.modelId, style.color)}\n`);
  };
  if (!json && input.scenario.preamble.trim() !== '') {
    context.print(`${heading('preamble')}\n${style.color.dim(printable(input.scenario.preamble))}\n`);
  }
  const prompt = ({ turnNumber, turns }: Pick<ProgressLine, 'turnNumber' | 'turns'>): void => {
    const turn = planned[turnNumber - 1];
    if (json || turn === undefined) return;
    context.print(`${heading(`${turn.promptLabel} (${turnNumber} of ${turns})`)}\n${printable(turn.probePrompt)}\n`);
  };
  return {
    progress: (progress) => {
      if (progress.event === 'turn-started') prompt(progress);
    },
    turn: answer,
    end: (output, costUsd) => {
      const transcript = output.success ? output.transcript : output.partial;
      for (const turn of transcript?.turns ?? []) if (turn.turnNumber > printed) answer(turn);
      if (json) {
        context.printJson({ type: 'result', ...output, model: input.modelId, cost_usd: costUsd });
        return;
      }
      if (!output.success) {
        const { code, message } = output.error;
        context.note(`${noteStyle.cross} ${code}: ${printable(message)}`);
      }
      if (transcript !== undefined) context.note(summaryOf(transcript, costUsd));
    },
  };
}

function answerOf(turn: TranscriptTurn, modelId: string, color: Context['style']['color']): string {
  const { providerMetadata = {}, inputTokens, outputTokens, targetResponse } = turn;
  const { scripted, finishReason, reasoningTokens, tokensEstimated, cutBytes } = providerMetadata;
  const facts = [
    scripted === true ? 'scripted: no model was asked' : null,
    inputTokens === undefined || outputTokens === undefined
      ? null
      : `${inputTokens} tokens in, ${outputTokens} out${tokensEstimated === true ? ' (estimated)' : ''}`,
    typeof reasoningTokens === 'number' ? `${reasoningTokens} of them reasoning` : null,
    finishReason === 'length' ? 'cut at maxTokens' : null,
    typeof cutBytes === 'number' ? `${cutBytes} bytes were not kept` : null,
  ].filter((fact) => fact !== null);
  return `${color.bold(color.cyan(printableLine(modelId)))} ${color.dim(facts.join(', '))}\n${printable(targetResponse)}`;
}

function summaryOf(
  {
    turns,
    totalInputTokens,
    totalOutputTokens,
    modelVersion,
    startedAt,
    completedAt,
  }: Extract<WorkerOutput, { success: true }>['transcript'],
  costUsd: number | null,
): string {
  const seconds = (Date.parse(completedAt) - Date.parse(startedAt)) / 1000;
  return [
    `${turns.length} ${turns.length === 1 ? 'turn' : 'turns'} in ${seconds.toFixed(1)} s`,
    `${totalInputTokens} tokens in, ${totalOutputTokens} out`,
    costUsd === null ? 'price unknown' : `$${costUsd.toFixed(6)}`,
    ...(modelVersion === undefined ? [] : [`answered by ${printableLine(modelVersion)}`]),
  ].join(', ');
}
