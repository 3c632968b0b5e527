import type { JsonObject } from '@switchyard/core';
import { describe, expect, it } from 'vitest';
import { conversationConfigSchema, scenarioSchema } from '../../src/worker-contract/input.ts';
import type { WorkerOutput } from '../../src/worker-contract/output.ts';
import { WorkerAnswerInvalid } from '../../src/worker-process/errors.ts';
import { readOutput } from '../../src/worker-process/worker-answer.ts';

const ASKED = {
  scenario: scenarioSchema.parse({ prompt: 'one?', followups: [{ label: 'more', prompt: 'two?' }] }),
  config: conversationConfigSchema.parse({ maxTurns: 2 }),
};
const FIRST = { turnNumber: 1, promptLabel: 'scenario_prompt', probePrompt: 'one?', targetResponse: 'yes' };
const SECOND = { turnNumber: 2, promptLabel: 'more', probePrompt: 'two?', targetResponse: 'no' };
const TOTALS = {
  totalInputTokens: 1,
  totalOutputTokens: 1,
  startedAt: '2026-01-01T00:00:00Z',
  completedAt: '2026-01-01T00:00:01Z',
};

function read(answer: JsonObject): WorkerOutput {
  return readOutput('the worker x', { answer, stderr: '' }, ASKED, { now: () => '2026-01-01T00:00:00Z' });
}

function complaint(answer: JsonObject): string {
  try {
    read(answer);
  } catch (error) {
    if (error instanceof WorkerAnswerInvalid) return error.message;
    throw error;
  }
  return 'it was taken';
}

describe('the turns that a worker answers', () => {
  it('are those that were asked for, or the first of them', () => {
    for (const turns of [[FIRST], [FIRST, SECOND]]) {
      expect(read({ success: true, transcript: { ...TOTALS, turns } })).toMatchObject({ transcript: { turns } });
    }
  });

  it.each<[string, JsonObject[], string]>([
    ['none at all', [], '/turns is empty'],
    ['a blank answer', [{ ...FIRST, targetResponse: ' \n' }], '/turns/0/targetResponse is blank'],
    ['the same turn twice', [FIRST, FIRST], '/turns/1/turnNumber was 1; it may be 2'],
    ['another label', [FIRST, { ...SECOND, promptLabel: 'less' }], '/turns/1/promptLabel is not the one'],
    ['another prompt', [{ ...FIRST, probePrompt: 'zero?' }], '/turns/0/probePrompt is not the one'],
    ['one too many', [FIRST, SECOND, { ...SECOND, turnNumber: 3 }], '/turns/2 is one too many; 2 were asked for'],
  ])('are refused with their place: %s', (_, turns, expected) => {
    expect(complaint({ success: true, transcript: { ...TOTALS, turns } })).toContain(`/transcript${expected}`);
    const failed = { success: false, error: { message: 'm', code: 'UNKNOWN' }, partial: { ...TOTALS, turns } };
    expect(complaint(failed)).toContain(`/partial${expected}`);
  });

  it('what it says went wrong, and which version answered, is kept in part', () => {
    const long = 'm'.repeat(1_000_000);
    const failed = read({ success: false, error: { message: long, code: 'UNKNOWN', details: long } });
    expect(JSON.stringify(failed).length).toBeLessThan(25_000);
    const said = read({ success: true, transcript: { ...TOTALS, turns: [FIRST], modelVersion: long } });
    expect(JSON.stringify(said).length).toBeLessThan(1000);
  });
});
