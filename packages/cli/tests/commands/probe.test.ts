import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FakeProviders } from '@switchyard/probe/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkProviders } from '../../src/doctor/providers.ts';
import { main } from '../../src/main.ts';
import { fakeIo } from '../support/fake-io.ts';
import { type TestFolder, testFolder } from '../support/test-folder.ts';

const SCENARIO = {
  title: 'The box',
  preamble: 'Be brief.',
  prompt: 'What is in the box?',
  followups: [{ label: 'why', prompt: 'Why?' }],
  config: { temperature: 0.5, maxTokens: 50 },
};

/** vitest's own is typed `any`. */
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

let fake: FakeProviders;
let folder: TestFolder;
beforeAll(async () => {
  fake = await FakeProviders.open();
  folder = await testFolder();
  await writeFile(join(folder.path, 'box.json'), JSON.stringify(SCENARIO));
});
afterAll(async () => {
  await fake.close();
  await folder[Symbol.asyncDispose]();
});
beforeEach(() => fake.reset());

async function run(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = fake.environment(),
  stdin: readonly string[] = [],
) {
  const io = fakeIo({ cwd: folder.path, env: { PATH: process.env['PATH'] ?? '', ...env }, stdin });
  const code = await main(['probe', ...argv], io);
  return { code, out: io.out(), err: io.err() };
}

describe('probe', () => {
  it('prints the conversation as it goes, and what it used', async () => {
    fake.reply = ({ index }) => ({
      kind: 'answer',
      text: `answer \u001b[2J ${index}`,
      inputTokens: 10,
      outputTokens: 5,
    });
    const { code, out, err } = await run(['box.json', '--model', 'gpt-4o', '--max-tokens', '40']);
    expect(code).toBe(0);
    const places = [
      'Be brief.',
      'scenario_prompt (1 of 2)',
      'What is in the box?',
      'answer ␛[2J 0',
      'why (2 of 2)',
      'Why?',
      'answer ␛[2J 1',
    ];
    expect(places.map((text) => out.indexOf(text))).toEqual(
      places.map((text) => out.indexOf(text)).toSorted((a, b) => a - b),
    );
    expect(places.filter((text) => !out.includes(text))).toEqual([]);
    expect(err).toMatch(/2 turns in \d+\.\d s, 20 tokens in, 10 out, \$0\.000\d+, answered by gpt-4o-2026-01-01/);
    expect(fake.calls).toMatchObject([{ maxTokens: 40, temperature: 0.5 }, { maxTokens: 40 }]);
  });

  it('prints a line of JSON for each turn and one for the end', async () => {
    const { code, out, err } = await run(
      ['-', '--model', 'claude-3-haiku', '--max-turns', '1', '--json'],
      fake.environment(),
      [JSON.stringify(SCENARIO)],
    );
    expect([code, err]).toEqual([0, '']);
    expect(
      out
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toMatchObject([
      { type: 'turn', turnNumber: 1, promptLabel: 'scenario_prompt' },
      { type: 'result', success: true, model: 'claude-3-haiku', transcript: { turns: [{ turnNumber: 1 }] } },
    ]);
  });

  it('labels what no model said', async () => {
    const { code, out, err } = await run(['box.json', '--model', 'scripted'], {});
    expect(code).toBe(0);
    expect(out).toContain('scripted: no model was asked');
    expect(err).toContain('$0.000000');
  });

  it('ends with 5 where the conversation fails, with what was said before', async () => {
    fake.enqueue({ kind: 'answer', text: 'first' });
    fake.reply = () => ({ kind: 'blocked' });
    const { code, out, err } = await run(['box.json', '--model', 'gemini-1.5-pro']);
    expect(code).toBe(5);
    expect(out).toContain('first');
    expect(err).toContain('CONTENT_BLOCKED');
    const keyless = await run(['box.json', '--model', 'grok-2'], {});
    expect([keyless.code, keyless.err]).toEqual([5, expect.stringContaining('set XAI_API_KEY')]);
  });

  it.each([
    [['box.json', '--model', 'nobodys'], 2, '--model: model "nobodys" belongs to no provider'],
    [['box.json', '--model', 'gpt-4o', '--temperature', '9'], 2, '--temperature: must be at most 2; it was 9'],
    [['box.json', '--model', 'gpt-4o', '--max-turns', 'many'], 2, 'It may be a whole number'],
    [['box.json'], 2, '--model'],
    [['none.json', '--model', 'gpt-4o'], 1, 'cannot be read'],
  ])('%j ends with %i', async (argv, expected, message) => {
    const { code, err } = await run(argv);
    expect(code).toBe(expected);
    expect(err).toContain(message);
    expect(fake.calls).toEqual([]);
  });

  it('says what a model does not take before it is asked', async () => {
    const scenario = '{"prompt": "x", "config": {"temperature": 1.5}}';
    const { code, err } = await run(['-', '--model', 'claude-3-haiku'], fake.environment(), [scenario]);
    expect(code).toBe(2);
    expect(err).toContain('--temperature: must be at most 1 for models of Anthropic; it was 1.5');
  });

  it('says what is wrong with a scenario, place by place', async () => {
    const { code, err } = await run(['-', '--model', 'gpt-4o'], fake.environment(), [
      '{"promt": "x", "followups": [{"label": "a"}]}',
    ]);
    expect(code).toBe(1);
    for (const place of ['/prompt: is missing', '/followups/0/prompt: is missing', '/promt: is not known here']) {
      expect(err).toContain(place);
    }
  });
});

describe('the doctor', () => {
  const never = new AbortController().signal;

  it('says which keys there are and which providers answer, and never a key', async () => {
    const { XAI_API_KEY: _gone, ...env } = fake.environment();
    const checks = await checkProviders({ ...env, GOOGLE_API_KEY: 'sk-a-wrong-one' }, never);
    const text = JSON.stringify(checks);
    expect(checks[0]).toMatchObject({
      status: 'ok',
      detail: matching(/^set: OPENAI_API_KEY.*not set: XAI_API_KEY$/),
    });
    expect(checks.filter(({ status }) => status === 'failed')).toMatchObject([
      { name: 'google', detail: matching(/the key is not valid/) },
    ]);
    expect(checks.filter(({ status }) => status === 'ok')).toHaveLength(6);
    expect(text).not.toContain('sk-');
  });

  it('finds nothing wrong in having no key, and a provider that is away', async () => {
    expect(await checkProviders({}, never)).toMatchObject([{ status: 'skipped' }]);
    const away = await checkProviders({ OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://127.0.0.1:1' }, never);
    expect(away).toMatchObject([{ status: 'ok' }, { name: 'openai', status: 'failed' }]);
  });
});
