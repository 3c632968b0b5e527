import type { Model, ModelAnswer, ModelRequest } from '@switchyard/probe';
import { describe, expect, it } from 'vitest';
import { createGeneralistArm, generalistContract } from '../../../src/adapters/arms/generalist.ts';
import { createListPrice, type PriceOf } from '../../../src/adapters/arms/metered-model.ts';
import type { Task } from '../../../src/domain/task.ts';
import type { Work } from '../../../src/ports/arm.ts';
import { createFreeMeter, makeTask, matching } from '../../../testing/index.ts';

const ANSWER: ModelAnswer = {
  text: 'Sorted.',
  model: 'scripted',
  provider: 'scripted',
  scripted: true,
  finish: 'stop',
  usage: { inputTokens: 12, outputTokens: 3, estimated: true },
};

function openArm(
  different: Partial<ModelAnswer> = {},
  complete?: Model['complete'],
  priceOf: PriceOf = createListPrice(),
) {
  const requests: ModelRequest[] = [];
  const model: Model = {
    id: 'scripted',
    provider: 'scripted',
    complete: async (request, signal) => {
      requests.push(request);
      return complete === undefined ? { ...ANSWER, ...different } : complete(request, signal);
    },
  };
  return {
    arm: createGeneralistArm({ contract: generalistContract(), model, concurrency: 8, priceOf }),
    requests,
  };
}

function workOn(different: Partial<Task>, signal = new AbortController().signal): Work {
  return {
    task: makeTask(different),
    attempt: 1,
    deadline: new Date(),
    signal,
    meter: createFreeMeter(),
    keep: () => undefined,
    progress: () => undefined,
  };
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
        repaired: false,
        acceptance: [{ criterion: 'in order', met: null, reason: 'not judged: no model was asked' }],
      },
      usage: { input_tokens: 12, output_tokens: 3, estimated: true },
      costUsd: 0,
    });
  });

  it('tells the model that was served, an answer that was cut, and no price where none is known', async () => {
    const { arm } = openArm(
      { scripted: false, model: 'm', modelVersion: 'm-2026', finish: 'length' },
      undefined,
      async () => null,
    );
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
        budget: { max_tokens: 177, max_time_seconds: 1, max_cost_usd: 0 },
      }),
    );
    await arm.run(workOn({ goal: 'sort' }));
    const [whole, bare] = requests.map(({ messages }) => messages.map(({ role, content }) => [role, content]));
    // What the question takes of the 177 is not there for the answer.
    expect(requests[0]?.maxTokens).toBe(
      177 -
        Math.ceil((requests[0]?.messages[0]?.content.length ?? 0) / 4) -
        Math.ceil((requests[0]?.messages[1]?.content.length ?? 0) / 4),
    );
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

describe('the acceptance criteria', () => {
  /** A model that answers one after the other. */
  function openTalking(texts: readonly string[], budget = 10_000) {
    const left = [...texts];
    const { arm, requests } = openArm({}, async () => ({
      ...ANSWER,
      scripted: false,
      model: 'm',
      text: left.shift() ?? '',
    }));
    const task = {
      acceptanceCriteria: ['short', 'in French'],
      budget: { max_tokens: budget, max_time_seconds: 60, max_cost_usd: 1 },
    };
    return { run: () => arm.run(workOn(task)), requests };
  }
  const verdict = (...met: readonly boolean[]): string =>
    JSON.stringify(met.map((one) => ({ met: one, reason: one ? 'it is' : 'it is not' })));

  it('are judged one by one, each with a reason', async () => {
    const { run, requests } = openTalking(['Bonjour.', `Here you are:\n\`\`\`json\n${verdict(true, true)}\n\`\`\``]);
    expect(await run()).toMatchObject({
      result: {
        output: 'Bonjour.',
        repaired: false,
        acceptance: [
          { criterion: 'short', met: true, reason: 'it is' },
          { criterion: 'in French', met: true, reason: 'it is' },
        ],
      },
      usage: { input_tokens: 24, output_tokens: 6 },
    });
    expect(requests[1]?.messages[1]?.content).toContain('"Bonjour."');
  });

  it('that are not met are repaired once, and judged again', async () => {
    const { run, requests } = openTalking(['Hello.', verdict(true, false), 'Bonjour.', verdict(true, false)]);
    expect(await run()).toMatchObject({
      result: { output: 'Bonjour.', repaired: true, acceptance: [{ met: true }, { met: false, reason: 'it is not' }] },
    });
    expect(requests).toHaveLength(4);
    expect(requests[2]?.messages.at(-1)?.content).toContain('- in French: it is not');
  });

  it('that the budget does not reach stay unjudged, or unrepaired, and say so', async () => {
    const { run } = openTalking(['Bonjour.'], 300);
    expect(await run()).toMatchObject({
      result: {
        output: 'Bonjour.',
        acceptance: [{ met: null, reason: matching(/^not judged: the budget of task/) }, { met: null }],
      },
    });
  });

  it('are not judged by what is no verdict', async () => {
    expect(await openTalking(['Bonjour.', 'Looks fine to me']).run()).toMatchObject({
      result: { acceptance: [{ met: null, reason: matching(/did not answer with JSON/) }, { met: null }] },
    });
    expect(await openTalking(['Bonjour.', verdict(true)]).run()).toMatchObject({
      result: { acceptance: [{ met: true }, { met: null, reason: matching(/left it out/) }] },
    });
  });
});
