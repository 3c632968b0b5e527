import {
  createInProcessRuntime,
  ModelError,
  type ProbeRuntime,
  type ProgressLine,
  parseScript,
  type WorkerInput,
  type WorkerOutput,
} from '@switchyard/probe';
import { describe, expect, it } from 'vitest';
import { createProbeArm, probeContract } from '../../../src/adapters/arms/probe.ts';
import type { JsonValue } from '../../../src/contract/index.ts';
import type { CallUse } from '../../../src/ports/meter.ts';
import type { NewTranscript } from '../../../src/ports/transcripts.ts';
import { createFreeMeter, makeWork } from '../../../testing/index.ts';

const INPUT = {
  modelId: 'gpt-4o',
  scenario: { preamble: 'Be brief.', prompt: 'What is in the box?', followups: [{ label: 'why', prompt: 'Why?' }] },
};
const TURNS = [
  {
    turnNumber: 1,
    promptLabel: 'scenario_prompt',
    probePrompt: 'What?',
    targetResponse: 'A cat.',
    inputTokens: 10,
    outputTokens: 5,
  },
  {
    turnNumber: 2,
    promptLabel: 'why',
    probePrompt: 'Why?',
    targetResponse: 'It fits.',
    inputTokens: 20,
    outputTokens: 7,
  },
];
const SUCCESS = {
  success: true,
  transcript: {
    turns: TURNS,
    totalInputTokens: 30,
    totalOutputTokens: 12,
    modelVersion: 'gpt-4o-2024-08-06',
    startedAt: '2026-06-01T00:00:00.000Z',
    completedAt: '2026-06-01T00:00:02.500Z',
  },
} as const satisfies WorkerOutput;

/** 30 tokens at 2.50 and 12 at 10 dollars a million. */
const PRICE = 30 * 2.5e-6 + 12 * 1e-5;

type Run = (
  input: WorkerInput,
  options?: { signal?: AbortSignal; onProgress?: (line: ProgressLine) => void },
) => Promise<WorkerOutput>;

function scene(run: Run) {
  const saved: NewTranscript[] = [];
  const runtime: ProbeRuntime = { name: 'in-process', run, close: () => Promise.resolve() };
  const onKept = (transcript: NewTranscript): void => void saved.push(transcript);
  return { arm: createProbeArm({ contract: probeContract(), runtime, concurrency: 4 }), saved, onKept };
}

describe('the probe arm', () => {
  it('reports what the screen finds, and describes its input', () => {
    const contract = probeContract();
    expect(contract).toMatchObject({ name: 'probe', screening: 'report' });
    expect(contract.inputSchema).toMatchObject({ type: 'object', properties: { modelId: {}, scenario: {} } });
    expect(contract.checkInput(INPUT)).toEqual([]);
  });

  it.each<[JsonValue, string, string]>([
    [null, '', 'must be an object'],
    [{ scenario: INPUT.scenario }, '/modelId', 'is missing'],
    [{ ...INPUT, modelId: 'nobodys' }, '/modelId', 'belongs to no provider'],
    [{ ...INPUT, scenario: { prompt: ' ' } }, '/scenario/prompt', 'must not be blank'],
    [{ ...INPUT, scenario: { prompt: 'x'.repeat(1_000_000) } }, '/scenario/prompt', 'a text of 1000000 characters'],
    [{ ...INPUT, config: { temperature: 7 } }, '/config/temperature', 'must be at most 2; it was 7'],
    [{ ...INPUT, config: { maxTurns: 0 } }, '/config/maxTurns', 'must be at least 1; it was 0'],
  ])('refuses %j at %s', (input, pointer, detail) => {
    const [problem, ...others] = probeContract().checkInput(input);
    expect(others).toEqual([]);
    expect(problem?.pointer).toBe(pointer);
    expect(problem?.detail).toContain(detail);
  });

  it('keeps the transcript and answers with it, its tokens and its price', async () => {
    const { arm, saved, onKept } = scene(() => Promise.resolve(SUCCESS));
    const task = { id: 'task-1', input: { ...INPUT, scenarioId: 's', sampleIndex: 3 } };
    const work = makeWork({ task, attempt: 2, onKept });
    const answer = await arm.run(work);
    expect(answer.costUsd).toBeCloseTo(PRICE, 10);
    expect(answer).toEqual({
      result: {
        transcript: SUCCESS.transcript,
        transcript_id: 'task-1',
        model: 'gpt-4o',
        scripted: false,
      },
      usage: { input_tokens: 30, output_tokens: 12, estimated: false },
      costUsd: answer.costUsd,
    });
    expect(saved).toEqual([
      {
        scenarioId: 's',
        modelId: 'gpt-4o',
        modelVersion: 'gpt-4o-2024-08-06',
        sampleIndex: 3,
        turns: [
          { role: 'user', content: 'What?', label: 'scenario_prompt' },
          { role: 'assistant', content: 'A cat.', inputTokens: 10, outputTokens: 5 },
          { role: 'user', content: 'Why?', label: 'why' },
          { role: 'assistant', content: 'It fits.', inputTokens: 20, outputTokens: 7 },
        ],
        turnCount: 2,
        tokenCount: 42,
        durationMs: 2_500,
        estimatedCost: answer.costUsd,
        scripted: false,
        definitionSnapshot: null,
        error: null,
      },
    ]);
  });

  it('hands the runtime every default, and the task as the run where none is named', async () => {
    const inputs: WorkerInput[] = [];
    const { arm } = scene((input) => {
      inputs.push(input);
      return Promise.resolve(SUCCESS);
    });
    await arm.run(makeWork({ task: { id: 'task-1', input: INPUT } }));
    expect(inputs).toMatchObject([
      { runId: 'task-1', scenarioId: 'adhoc', config: { maxTokens: 1_024, maxTurns: 10 } },
    ]);
  });

  it('labels what no model said, at no price', async () => {
    const script = parseScript({ default: { answer: 'scripted words' } }, 'test');
    const { arm, saved, onKept } = scene((input, options) =>
      createInProcessRuntime({ sources: { script } }).run(input, options),
    );
    const answer = await arm.run(makeWork({ task: { input: { ...INPUT, modelId: 'scripted' } }, onKept }));
    expect(answer).toMatchObject({ result: { scripted: true }, usage: { estimated: true }, costUsd: 0 });
    expect(saved).toMatchObject([{ scripted: true, estimatedCost: 0 }]);
  });

  it.each([
    [{ code: 'RATE_LIMIT', retryable: true, retryAfterMs: 9_000 }, 'transient'],
    [{ code: 'RATE_LIMIT', retryable: false }, 'terminal'],
    [{ code: 'CONTENT_BLOCKED', retryable: false }, 'refused'],
    [{ code: 'MISSING_API_KEY', retryable: false }, 'invalid'],
  ] as const)('fails as the conversation did: %j is %s', async (error, kind) => {
    const { arm, saved, onKept } = scene(async () => ({ success: false, error: { message: 'no', ...error } }));
    const failing = arm.run(makeWork({ task: { input: INPUT }, onKept }));
    await expect(failing).rejects.toThrow(ModelError);
    await expect(failing).rejects.toMatchObject({ kind, ...error });
    expect(saved).toEqual([]);
  });

  it('keeps what was said until a conversation broke off, with its failure, and counts it', async () => {
    const used: CallUse[] = [];
    const partial = { ...SUCCESS.transcript, turns: TURNS.slice(0, 1), totalInputTokens: 10, totalOutputTokens: 5 };
    const error = { code: 'CONTENT_BLOCKED', message: 'withheld', retryable: false } as const;
    const { arm, saved, onKept } = scene(async () => ({ success: false, error, partial }));
    const failing = arm.run({ ...makeWork({ task: { input: INPUT }, onKept }), meter: createFreeMeter(used) });
    await expect(failing).rejects.toMatchObject({ code: 'CONTENT_BLOCKED' });
    expect(saved).toMatchObject([
      {
        turns: [
          { role: 'user', content: 'What?' },
          { role: 'assistant', content: 'A cat.' },
        ],
        turnCount: 1,
        tokenCount: 15,
        error: { code: 'CONTENT_BLOCKED', message: 'withheld' },
      },
    ]);
    expect(used).toMatchObject([{ inputTokens: 10, outputTokens: 5 }]);
  });

  it('tells how far it is, and stops where the tokens of its task are used up', async () => {
    const seen: JsonValue[] = [];
    const { arm } = scene(async (_input, options) => {
      const line = { type: 'progress', turns: 3 } as const;
      const first = { ...line, turnNumber: 1, promptLabel: 'scenario_prompt' };
      options?.onProgress?.({ ...first, event: 'turn-started' });
      options?.onProgress?.({ ...first, event: 'turn-completed', inputTokens: 30, outputTokens: 20 });
      const second = { ...line, turnNumber: 2, promptLabel: 'why' };
      options?.onProgress?.({ ...second, event: 'turn-started' });
      options?.onProgress?.({ ...second, event: 'turn-completed', inputTokens: 40, outputTokens: 20 });
      options?.signal?.throwIfAborted();
      return Promise.resolve(SUCCESS);
    });
    const budget = { max_tokens: 100, max_time_seconds: 60, max_cost_usd: 1 };
    const work = makeWork({ task: { input: INPUT, budget }, onProgress: (report) => seen.push(report) });
    await expect(arm.run(work)).rejects.toMatchObject({
      code: 'token_budget_spent',
      message: /after turn 2 of 3: it has used 110 tokens of a budget of 100/,
    });
    expect(seen).toEqual([{ turn: 2, turns: 3, label: 'why' }]);
  });
});
