import type { Model, ModelAnswer, ModelRequest } from '@switchyard/probe';
import { describe, expect, it } from 'vitest';
import { createGeneralistArm, generalistContract } from '../../../src/adapters/arms/generalist.ts';
import type { Task } from '../../../src/domain/task.ts';
import type { Work } from '../../../src/ports/arm.ts';
import { makeTask, matching } from '../../../testing/index.ts';

const ANSWER: ModelAnswer = {
  text: 'Sorted.',
  model: 'scripted',
  provider: 'scripted',
  scripted: true,
  finish: 'stop',
  usage: { inputTokens: 12, outputTokens: 3, estimated: true },
};

function openArm(different: Partial<ModelAnswer> = {}, complete?: Model['complete']) {
  const requests: ModelRequest[] = [];
  const model: Model = {
    id: 'scripted',
    provider: 'scripted',
    complete: async (request, signal) => {
      requests.push(request);
      return complete === undefined ? { ...ANSWER, ...different } : complete(request, signal);
    },
  };
  return { arm: createGeneralistArm({ contract: generalistContract(), model, concurrency: 8 }), requests };
}

function workOn(different: Partial<Task>, signal = new AbortController().signal): Work {
  return { task: makeTask(different), attempt: 1, deadline: new Date(), signal, progress: () => undefined };
}

describe('the generalist arm', () => {
  it('enforces the screen unless told otherwise, and takes any input', () => {
    expect(generalistContract()).toMatchObject({ name: 'generalist', screening: 'enforce' });
    expect(generalistContract('report').screening).toBe('report');
    expect(generalistContract().checkInput({ any: ['thing'] })).toEqual([]);
    const { arm } = openArm();
    expect(arm).toMatchObject({ name: 'generalist', concurrency: 8 });
    expect(arm.problem()).toBeNull();
  });

  it('answers with the model that did it, said to be scripted, and what it used', async () => {
    const { arm } = openArm();
    expect(await arm.run(workOn({ acceptanceCriteria: ['in order'] }))).toEqual({
      result: {
        output: 'Sorted.',
        model: 'scripted',
        scripted: true,
        truncated: false,
        acceptance: [{ criterion: 'in order', met: null, reason: 'criteria are not judged in this version' }],
      },
      usage: { input_tokens: 12, output_tokens: 3, estimated: true },
      costUsd: 0,
    });
  });

  it('tells the model that was served, an answer that was cut, and no price where none is known', async () => {
    const { arm } = openArm({ scripted: false, model: 'm', modelVersion: 'm-2026', finish: 'length' });
    expect(await arm.run(workOn({}))).toMatchObject({
      result: { model: 'm-2026', scripted: false, truncated: true },
      costUsd: null,
    });
  });

  it('puts the whole contract before the model, and leaves out what the task leaves out', async () => {
    const { arm, requests } = openArm();
    await arm.run(
      workOn({
        goal: 'sort',
        context: 'the post',
        constraints: { tone: 'calm' },
        acceptanceCriteria: ['in order', 'quick'],
        input: [3, 1],
        budget: { max_tokens: 77, max_time_seconds: 1, max_cost_usd: 0 },
      }),
    );
    await arm.run(workOn({ goal: 'sort' }));
    const [whole, bare] = requests.map(({ messages }) => messages.map(({ role, content }) => [role, content]));
    expect(requests[0]?.maxTokens).toBe(77);
    expect(whole).toEqual([
      ['system', matching(/Do what the goal asks/)],
      [
        'user',
        [
          '# Goal\nsort',
          '# Context\nthe post',
          '# Constraints\n{\n  "tone": "calm"\n}',
          '# Acceptance criteria\n- in order\n- quick',
          '# Input\n[\n  3,\n  1\n]',
        ].join('\n\n'),
      ],
    ]);
    expect(bare?.[1]).toEqual(['user', '# Goal\nsort']);
  });

  it.each([
    ['blocked', 'answer_blocked', 'was blocked by its provider'],
    ['empty', 'answer_empty', 'holds no text'],
  ] as const)('takes no %s answer for a success', async (finish, code, words) => {
    const { arm } = openArm({ finish, text: '' });
    const error: unknown = await arm.run(workOn({})).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, kind: 'terminal', message: matching(new RegExp(words)) });
  });

  it('hands its signal to the model and passes on why it stopped', async () => {
    const stop = new AbortController();
    const { arm } = openArm({}, async (_request, signal) => {
      stop.abort(new Error('cancelled'));
      signal?.throwIfAborted();
      return ANSWER;
    });
    await expect(arm.run(workOn({}, stop.signal))).rejects.toThrow('cancelled');
  });
});
