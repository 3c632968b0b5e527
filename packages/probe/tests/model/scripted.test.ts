import { describe, expect, it } from 'vitest';
import { DEFAULT_SCRIPT, ModelError, type ModelRequest, parseScript, scriptedModel } from '../../src/index.ts';

const ask = (content: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content },
  ],
  maxTokens: 100,
  ...more,
});

const script = parseScript(
  {
    rules: [
      { match: { contains: 'Hello' }, answer: 'Good day.' },
      { match: { pattern: '^sum of \\d+ and \\d+$' }, answer: 'A number.' },
      { match: { contains: 'busy' }, error: 'RATE_LIMIT', message: 'too many' },
      { match: { contains: 'bare' }, error: 'AUTH_ERROR' },
      { match: { contains: 'withheld' }, blocked: true },
      { match: { contains: 'silent' }, answer: ' ' },
      { match: { contains: 'slow' }, answer: 'At last.', delay_ms: 60_000 },
    ],
    default: { answer: 'I do not know.' },
  },
  'test',
);
const model = scriptedModel(script);

describe('the scripted model', () => {
  it('answers by the first rule that matches the last user message, ignoring case', async () => {
    expect(await model.complete(ask('well, hello there'))).toEqual({
      text: 'Good day.',
      model: 'scripted',
      provider: 'scripted',
      scripted: true,
      finish: 'stop',
      usage: { inputTokens: 3 + 5, outputTokens: 3, estimated: true },
    });
    expect((await model.complete(ask('Sum of 12 and 30'))).text).toBe('A number.');
    const later = { messages: [...ask('hello').messages, { role: 'user', content: 'and now?' } as const] };
    expect((await model.complete(ask('', later))).text).toBe('I do not know.');
  });

  it('gives the same answer every time', async () => {
    expect(await model.complete(ask('hello'))).toEqual(await model.complete(ask('hello')));
  });

  it('says that it is scripted where no script says otherwise', async () => {
    for (const bare of [DEFAULT_SCRIPT, parseScript({}, 'empty')]) {
      const answer = await scriptedModel(bare).complete(ask('anything'));
      expect(answer.text).toContain('[scripted] No model was asked');
      expect(answer.scripted).toBe(true);
    }
  });

  it('cuts at maxTokens and marks it', async () => {
    expect(await model.complete(ask('hello', { maxTokens: 1 }))).toMatchObject({
      text: 'Good',
      finish: 'length',
      usage: { outputTokens: 1 },
    });
  });

  it('marks a withheld and an empty answer', async () => {
    expect(await model.complete(ask('withheld'))).toMatchObject({ text: '', finish: 'blocked' });
    expect(await model.complete(ask('silent'))).toMatchObject({ finish: 'empty' });
  });

  it('fails as its script says, with the class of the code', async () => {
    await expect(model.complete(ask('busy'))).rejects.toMatchObject({
      name: 'ScriptedFailure',
      code: 'RATE_LIMIT',
      retryable: true,
      kind: 'transient',
      message: 'scripted, as its script says: too many',
    });
    await expect(model.complete(ask('bare'))).rejects.toMatchObject({
      code: 'AUTH_ERROR',
      retryable: false,
      message: 'scripted, as its script says: fails with AUTH_ERROR',
    });
  });

  it('ends at once when aborted during its delay, with the reason of the signal', async () => {
    const cancel = new AbortController();
    const reason = new Error('cancelled');
    const answer = model.complete(ask('slow'), cancel.signal);
    cancel.abort(reason);
    await expect(answer).rejects.toBe(reason);
    await expect(model.complete(ask('hello'), cancel.signal)).rejects.toBe(reason);
  });

  it('waits as long as its script says', async () => {
    const waits: number[] = [];
    const quick = scriptedModel(script, { sleep: (ms) => Promise.resolve(void waits.push(ms)) });
    expect((await quick.complete(ask('slow'))).text).toBe('At last.');
    expect(waits).toEqual([60_000]);
  });

  it.each([
    [{ messages: [] }, 'messages was empty'],
    [{ messages: [{ role: 'user', content: '  ' }] }, 'without a user message that has text'],
    [{ maxTokens: 0 }, 'maxTokens was 0'],
    [{ maxTokens: 1.5 }, 'maxTokens was 1.5'],
    [{ temperature: 2.1 }, 'temperature was 2.1'],
    [{ temperature: Number.NaN }, 'temperature was NaN'],
  ] as const)('refuses a request with %j', async (part, message) => {
    const answer = model.complete(ask('hello', part));
    await expect(answer).rejects.toThrow(ModelError);
    await expect(answer).rejects.toThrow(message);
    await expect(answer).rejects.toMatchObject({ code: 'VALIDATION_ERROR', kind: 'invalid' });
  });
});
