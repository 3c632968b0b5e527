import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  type AtomResult,
  answerAtom,
  checkDeck,
  createWasmSandbox,
  type Deck,
  deckJsonSchema,
  grade,
  LANGUAGES,
  loadAnswers,
  loadDeck,
  parseDeck,
  type Sandbox,
} from '../src/index.ts';

/** The example decks in the real sandbox: what the demo shows is true. */
const decks = fileURLToPath(new URL('../../../examples/decks/', import.meta.url));

let sandbox: Sandbox;
let deck: Deck;
let answers: Answer[];

beforeAll(async () => {
  sandbox = await createWasmSandbox();
  deck = await loadDeck({ path: `${decks}first-steps.json` });
  answers = await loadAnswers(deck, `${decks}answers/first-steps`);
});
afterAll(() => sandbox.close());

async function gradeAnswer(id: string): Promise<AtomResult> {
  const answer = answers.find(({ atom }) => atom.atom_id === id);
  if (answer === undefined) {
    throw new Error(`no answer to ${id}`);
  }
  return grade(answerAtom(answer.atom, answer.source), sandbox);
}

const files = readdirSync(decks).filter((name) => name.endsWith('.json'));

describe('the example decks', () => {
  it('hold at least forty atoms, of every language and type', async () => {
    const all = await Promise.all(files.map((name) => loadDeck({ path: `${decks}${name}` })));
    const atoms = all.flatMap((one) => one.atoms);
    expect(atoms.length).toBeGreaterThanOrEqual(40);
    expect(new Set(atoms.map(({ atom_id: id }) => id)).size).toBe(atoms.length);
    expect(new Set(atoms.map(({ content_json: { language } }) => language))).toEqual(new Set(LANGUAGES));
    const types = new Set(atoms.map(({ atom_type: type }) => type));
    for (const type of ['code_submission', 'debugging', 'cli_task', 'diff_review', 'code_understanding'] as const) {
      expect(types).toContain(type);
    }
  });

  it.each(files)('%s keeps the schema that editors complete it by', (name) => {
    const validate = new Ajv2020({ strict: false, allErrors: true }).compile(deckJsonSchema());
    const document: unknown = JSON.parse(readFileSync(`${decks}${name}`, 'utf8'));
    expect(validate(document) ? [] : validate.errors).toEqual([]);
  });

  it('the schema refuses what the parser refuses', () => {
    const validate = new Ajv2020({ strict: false }).compile(deckJsonSchema());
    const atom = { atom_id: 'a', front: '', back: 'x', content_json: { language: 'python', tests: [] } };
    expect(validate({ atoms: [atom] })).toBe(true);
    for (const wrong of [
      { ...atom, atom_id: 'A b' },
      { ...atom, atom_type: 'essay' },
      { ...atom, front: undefined },
      { ...atom, content_json: { language: 'cobol', tests: [] } },
      { ...atom, content_json: { language: 'python', tests: [{}] } },
      { ...atom, content_json: { language: 'python', tests: [], runner_limits: { cpu_ms: 0 } } },
    ]) {
      const deck = { atoms: [wrong] };
      expect(validate(JSON.parse(JSON.stringify(deck)))).toBe(false);
      expect(() => parseDeck(JSON.parse(JSON.stringify(deck)), 'd')).toThrow(/is invalid/);
    }
  });

  it.each(files.filter((name) => name !== 'first-steps.json'))(
    'in %s every reference solution scores 1, no starter does, and nothing else is to mend',
    { timeout: 180_000 },
    async (name) => {
      const skipped: string[] = [];
      const one = await loadDeck({ path: `${decks}${name}` });
      const issues = await checkDeck(one, sandbox, undefined, (atom, ran) => {
        if (!ran) skipped.push(`${atom.atom_id} (${atom.content_json.language})`);
      });
      expect(issues).toEqual([]);
      if (skipped.length > 0) process.stdout.write(`not run for want of a sandbox: ${skipped.join(', ')}\n`);
    },
  );
});

describe('first-steps', () => {
  it('has at least ten atoms, in both languages, each with hints and hidden tests, and an answer to each', () => {
    expect(deck.atoms.length).toBeGreaterThanOrEqual(10);
    expect(new Set(deck.atoms.map(({ content_json: { language } }) => language))).toEqual(
      new Set(['python', 'javascript']),
    );
    for (const { content_json: content } of deck.atoms) {
      expect(content.hints).not.toHaveLength(0);
      expect(content.tests.some(({ hidden }) => hidden)).toBe(true);
    }
    expect(answers).toHaveLength(deck.atoms.length);
  });

  it('every reference solution scores 1, no starter does, and nothing else is to mend', {
    timeout: 120_000,
  }, async () => {
    expect(await checkDeck(deck, sandbox)).toEqual([]);
  });

  it.each([
    'same-subnet',
    'word-count',
    'csv-line',
    'lru-cache',
    'balanced-brackets',
    'merge-intervals',
    'run-length',
    'median',
  ])('the answer to %s is right', async (id) => {
    const result = await gradeAnswer(id);
    expect(result).toMatchObject({ partial_score: 1, correct: true, error_class: null });
  });

  it('an answer that is off by one fails by logic and hears of it', async () => {
    const result = await gradeAnswer('subnet-hosts');
    expect(result).toMatchObject({ error_class: 'logic', correct: false });
    expect(result.test_results[0]).toMatchObject({ expected: '254', actual: '255' });
    expect(result.git_suggestions).toContainEqual(expect.stringMatching(/off by one/));
  });

  it('an answer that does not compile fails by syntax, with the line', async () => {
    const result = await gradeAnswer('shared-tags');
    expect(result).toMatchObject({ error_class: 'syntax', partial_score: 0, tests_passed: 0 });
    expect(result.feedback).toMatch(/line 3/);
  });

  it('an answer without end fails by time-out, with the tests that it passes before', async () => {
    const result = await gradeAnswer('binary-search');
    expect(result).toMatchObject({ error_class: 'timeout', correct: false });
    expect(result.test_results[0]).toMatchObject({ name: 'at the front', passed: true });
    expect(result.git_suggestions[0]).toMatch(/come to an end at line 3/);
  });

  it('an answer that is half right scores half and keeps the class of what failed', async () => {
    const duration = await gradeAnswer('parse-duration');
    expect(duration.error_class).toBe('runtime');
    expect(duration.partial_score).toBeGreaterThan(0.3);
    expect(duration.partial_score).toBeLessThan(0.8);
    const roman = await gradeAnswer('roman-numerals');
    expect(roman).toMatchObject({ error_class: 'logic', correct: false });
    expect(roman.partial_score).toBeGreaterThan(0);
  });

  it('an answer that throws on an edge case says where and what to look at', async () => {
    const result = await gradeAnswer('mac-address');
    expect(result.error_class).toBe('runtime');
    expect(result.test_results.find(({ name }) => name === 'an empty text')?.message).toMatch(/^TypeError: .*\(line 3/);
    expect(result.git_suggestions).toContainEqual(expect.stringMatching(/empty or zero/));
  });
});
