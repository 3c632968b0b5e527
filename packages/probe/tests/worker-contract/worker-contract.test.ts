import { describe, expect, it } from 'vitest';
import { logLineSchema, progressLineSchema, workerInputSchema, workerOutputSchema } from '../../src/index.ts';

const input = {
  runId: 'run',
  scenarioId: 'scenario',
  modelId: 'gpt-4o',
  scenario: { prompt: 'What is in the box?' },
  config: {},
};
const transcript = {
  turns: [{ turnNumber: 1, promptLabel: 'scenario_prompt', probePrompt: 'a', targetResponse: 'b' }],
  totalInputTokens: 1,
  totalOutputTokens: 2,
  startedAt: '2026-01-01T00:00:00Z',
  completedAt: '2026-01-01T00:00:01.5+00:00',
};

describe('the input of a worker', () => {
  it('has defaults, and what it does not know is ignored', () => {
    expect(workerInputSchema.parse({ ...input, extra: 1 })).toEqual({
      ...input,
      scenario: { preamble: '', prompt: 'What is in the box?', followups: [] },
      config: { maxTokens: 1_024, maxTurns: 10 },
    });
  });

  it.each([
    ['scenario', { prompt: ' ' }, 'scenario.prompt'],
    ['scenario', { prompt: 'x'.repeat(1_000_000) }, 'scenario.prompt'],
    ['scenario', { prompt: 'a\u0000' }, 'scenario.prompt'],
    ['scenario', { prompt: 'a', followups: [{ label: '', prompt: 'b' }] }, 'scenario.followups.0.label'],
    ['config', { temperature: 2.5 }, 'config.temperature'],
    ['config', { maxTokens: 0 }, 'config.maxTokens'],
    ['config', { maxTurns: 1.5 }, 'config.maxTurns'],
    ['modelId', '', 'modelId'],
    ['modelConfig', { temperature: 'sometimes' }, 'modelConfig.temperature'],
    ['modelCost', { inputPerMillion: -1, outputPerMillion: 1 }, 'modelCost.inputPerMillion'],
  ])('with a wrong %s is refused there', (field, value, path) => {
    const { error } = workerInputSchema.safeParse({ ...input, [field]: value });
    expect(error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  });
});

describe('the output of a worker', () => {
  it('is a transcript', () => {
    expect(workerOutputSchema.parse({ success: true, transcript })).toEqual({ success: true, transcript });
  });

  it.each([
    [{ code: 'RATE_LIMIT' }, { code: 'RATE_LIMIT', retryable: true }],
    [
      { code: 'RATE_LIMIT', retryable: false },
      { code: 'RATE_LIMIT', retryable: false },
    ],
    [{ code: 'AUTH_ERROR' }, { code: 'AUTH_ERROR', retryable: false }],
    [
      { code: 'AUTH_ERROR', retryable: true },
      { code: 'AUTH_ERROR', retryable: true },
    ],
    [{ code: 'SOMETHING_NEW' }, { code: 'UNKNOWN', retryable: false }],
  ])('or an error, and %j reads as %j', (error, expected) => {
    expect(workerOutputSchema.parse({ success: false, error: { message: 'no', ...error } })).toEqual({
      success: false,
      error: { message: 'no', ...expected },
    });
  });

  it.each([{}, { success: true }, { success: true, transcript: { turns: [] } }, { success: false }, 'text', null])(
    'is neither in %j',
    (value) => {
      expect(workerOutputSchema.safeParse(value).success).toBe(false);
    },
  );
});

describe('a line on stderr', () => {
  it('is a log line or a progress line', () => {
    const log = { level: 'info', time: '2026-01-01T00:00:00Z', context: 'probe', msg: 'started', model: 'gpt-4o' };
    expect(logLineSchema.parse(log)).toEqual(log);
    const progress = { type: 'progress', event: 'turn-completed', turnNumber: 1, turns: 2, promptLabel: 'x' };
    expect(progressLineSchema.parse(progress)).toEqual(progress);
  });
});
