import { stripVTControlCharacters } from 'node:util';
import { SwitchyardError } from '@switchyard/core';
import type { AtomResult } from '@switchyard/greenlight';
import { type ArmView, type TaskView, taskEventSchema, taskViewSchema } from '@switchyard/orchestrator/contract';
import { describe, expect, it } from 'vitest';
import { ApiProblem } from '../../src/api-errors.ts';
import { renderArmList } from '../../src/render/arm-list.ts';
import { renderAtomReport, scoreOf } from '../../src/render/atom-report.ts';
import { renderBanner } from '../../src/render/banner.ts';
import { renderDeckSummary } from '../../src/render/deck-summary.ts';
import { renderCheck } from '../../src/render/diagnosis.ts';
import { renderEvent } from '../../src/render/event-line.ts';
import { renderError } from '../../src/render/problem.ts';
import { styleFor } from '../../src/render/style.ts';
import { renderTable } from '../../src/render/table.ts';
import { renderTaskList } from '../../src/render/task-list.ts';
import { renderTask } from '../../src/render/task-view.ts';
import { taskEvent, taskView } from '../support/fake-server.ts';

const nowhere = { write: () => true };
const plain = styleFor(nowhere, {});
const terminal = (columns: number) => styleFor({ ...nowhere, isTTY: true, columns }, {});
const view = (more: object = {}): TaskView => taskViewSchema.parse(taskView(more));
const CLEAR = '\u001b[2J';

const graded: AtomResult = {
  atom_id: 'sum',
  partial_score: 0.5,
  tests_passed: 1,
  tests_total: 3,
  test_results: [
    { name: 'adds', passed: true, duration_ms: 1.25, points: 1 },
    { name: `wrong ${CLEAR}`, passed: false, message: `expected 3, got ${CLEAR}4`, duration_ms: 2, points: 1 },
    { name: 'secret', passed: false, duration_ms: 0, points: 1, hidden: true },
  ],
  error_class: 'logic',
  git_suggestions: ['look at the last element'],
  execution_time_ms: 3,
  meta_cognitive: {},
  correct: false,
  feedback: 'not yet',
  stdout: Array.from({ length: 12 }, (_, line) => `line ${line}${CLEAR}`).join('\n'),
  stderr: '',
};

describe('styleFor', () => {
  it('colours on a terminal only, and not against NO_COLOR or on a dumb one', () => {
    const stream = { ...nowhere, isTTY: true, columns: 80 };
    expect(styleFor(stream, {}).color.red('x')).not.toBe('x');
    expect(styleFor(nowhere, {}).color.red('x')).toBe('x');
    expect(styleFor(stream, { NO_COLOR: '1' }).color.red('x')).toBe('x');
    expect(styleFor(stream, { TERM: 'dumb' })).toMatchObject({ unicode: false, tick: 'ok', cross: 'x' });
  });
});

describe('the list of arms', () => {
  const arm = (name: string, more: Partial<ArmView> = {}): ArmView => ({
    name,
    type: name,
    screening: 'enforce',
    redacts: [],
    fallback: [],
    input_schema: null,
    health: 'healthy',
    problems: [],
    nodes: 3,
    slots: 24,
    waiting: 1200,
    oldest_waiting_seconds: 3600,
    ...more,
  });
  const arms = [
    arm('generalist'),
    arm('word-count', { type: 'process', health: 'troubled', problems: ['/srv/word-count.py: there is no such file'] }),
    arm('far', { type: 'http', health: 'unattended', nodes: 0, slots: 0, waiting: 0, fallback: ['generalist'] }),
  ];

  it.each([40, 60, 80, 100, 140])('fits %i columns with several nodes, and says all', (columns) => {
    const text = stripVTControlCharacters(renderArmList(arms, terminal(columns)));
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
    const words = text.replaceAll(/[\s│]+/g, ' ');
    for (const said of ['healthy', 'troubled', 'unattended', '24', 'on 3 nodes', '3600 s', 'falls back to']) {
      expect(words).toContain(said);
    }
  });

  it('is a table where there is room', () => {
    expect(renderArmList(arms, terminal(140))).toContain('│ 24 on 3 nodes │');
    expect(renderArmList(arms, terminal(60))).not.toContain('│');
  });
});

describe('a table', () => {
  it('breaks a word that is longer than its column, and cuts nothing off', () => {
    const path = '/srv/switchyard/a-folder-with-a-long-name/another-one/switchyard.config.json';
    for (const columns of [40, 60, 80]) {
      const text = renderTable(
        terminal(columns),
        [{ head: 'setting' }, { head: 'value', wraps: true }],
        [['arms', path]],
      );
      expect(stripVTControlCharacters(text).replace(/[^a-z./-]/g, '')).toContain(path);
      expect(text).not.toContain('…');
      for (const line of text.split('\n')) expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(columns);
    }
  });
});

describe('a graded atom', () => {
  it('shows every test, what to try and the beginning of the output, and obeys nothing in it', () => {
    const text = renderAtomReport(graded, `Sum${CLEAR}`, plain);
    expect(text).not.toContain('\u001b');
    expect(text).toContain('✗ Sum␛[2J  50 %, 1 of 3 tests (logic)');
    expect(text).toMatch(/✓ │ adds +│ passed +│ 1\.3/);
    expect(text).toContain('expected 3, got ␛[2J4');
    expect(text).toContain('secret (hidden)');
    expect(text).toContain('try: look at the last element');
    expect(text).toContain('… and 2 more lines');
  });

  it.each([40, 60, 80, 120])('fits a terminal of %i characters', (columns) => {
    const long = {
      ...graded,
      test_results: [{ name: 'n'.repeat(90), passed: false, message: 'm '.repeat(90), duration_ms: 1, points: 1 }],
    };
    for (const line of renderAtomReport({ ...long, git_suggestions: [], stdout: '' }, 'Sum', terminal(columns)).split(
      '\n',
    )) {
      expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(columns);
    }
  });

  it('is drawn in ASCII on a dumb terminal', () => {
    const [first] = graded.test_results;
    const tests = first === undefined ? [] : [first];
    const text = renderAtomReport(
      { ...graded, test_results: tests, stdout: '' },
      'Sum',
      styleFor(nowhere, { TERM: 'dumb' }),
    );
    expect(text).toMatch(/^[ -~\n]+$/);
  });

  it('never shows a full score that is none', () => {
    expect([1, 0.999, 0.5, 0].map((partial_score) => scoreOf({ partial_score }))).toEqual([
      '100 %',
      '99 %',
      '50 %',
      '0 %',
    ]);
  });

  it('without tests says why it has no score', () => {
    const empty = { ...graded, test_results: [], tests_total: 0, git_suggestions: [], stdout: '', error_class: null };
    expect(renderAtomReport(empty, 'Sum', plain)).toContain('not yet');
  });

  it('has a line in the summary of its deck', () => {
    const right = { ...graded, correct: true, partial_score: 1, error_class: null };
    const text = renderDeckSummary(
      [
        { title: 'Sum', language: 'python', result: graded },
        { title: 'Product', language: 'javascript', result: right },
      ],
      plain,
    );
    expect(text).toMatch(/✗ │ Sum +│ python +│ +50 % │ +1\/3 │ logic/);
    expect(text).toContain('1 of 2 atoms correct');
  });
});

describe('a task', () => {
  it('shows where it stands and its result, and that no model was asked', async () => {
    const text = await renderTask(view({ usage: { input_tokens: 3, estimated: true }, cost_usd: null }), plain);
    expect(text).toContain('status     completed');
    expect(text).toContain('tokens     3 in, ? out (estimated)');
    expect(text).toContain('cost       not known');
    expect(text).toContain('answered by scripted (scripted: no model was asked)\nhello');
  });

  it('tells the progress that its arm reports in words', async () => {
    expect(await renderTask(view({ progress: { words: 5, page: 'two' } }), plain)).toContain(
      'progress   words 5, page two\n',
    );
  });

  it.each([40, 60, 80, 96, 100, 200])('is listed whole on a terminal of %i characters', (columns) => {
    const text = renderTaskList(
      [view({ arm: 'word-count', goal: 'count the words of a long book' })],
      terminal(columns),
    );
    const plainText = stripVTControlCharacters(text);
    expect(plainText).toContain(view().task_id);
    expect(plainText).toContain('completed');
    expect(plainText).toContain(columns >= 100 ? '│ count the' : `\n  count the words`);
    if (columns < 60) return;
    for (const line of plainText.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
  });

  it('obeys nothing in its goal, progress, error or result', async () => {
    const hostile = view({
      goal: `goal ${CLEAR}\nsecond`,
      status: 'failed',
      error: { code: 'arm_failed', message: `no ${CLEAR}` },
      progress: { at: CLEAR },
      result: { [CLEAR]: CLEAR },
    });
    expect(await renderTask(hostile, plain)).not.toContain('\u001b');
    expect(renderTaskList([hostile], plain)).not.toContain('\u001b');
    expect(await renderTask(view({ result: { output: CLEAR } }), plain)).not.toContain('\u001b');
  });

  it('shows a grade as a table, and anything else as JSON, not endlessly', async () => {
    expect(await renderTask(view({ arm: 'greenlight', result: graded }), plain)).toContain('✗ sum  50 %');
    expect(await renderTask(view({ result: { partial_score: 'odd' } }), plain)).toContain('"partial_score": "odd"');
    expect(await renderTask(view({ result: Array.from({ length: 99 }, () => 1) }), plain)).toContain(
      '… and 61 more lines',
    );
    expect(await renderTask(view({ result: null, status: 'processing', cancel_requested: true }), plain)).toContain(
      'processing, cancel asked for',
    );
  });
});

describe('an event', () => {
  it.each([
    ['task-submitted', { arm: 'generalist' }, 'arm generalist'],
    ['task-started', { attempt: 2, node: 7, pid: 99 }, 'attempt 2 by node 7 (process 99)'],
    ['task-started', { attempt: 2, node: 7 }, 'attempt 2 by node 7'],
    ['task-recovered', { lost_attempt: 1 }, 'attempt 1 was lost with its worker'],
    ['task-progressed', { progress: { done: 3, of: 'ten' } }, 'task-progressed       done 3, of ten'],
    ['task-progressed', { progress: { usage: { output_tokens: 9 } } }, 'usage {"output_tokens":9}'],
    ['task-progressed', { progress: 'half way' }, 'half way'],
    ['task-progressed', { progress: [1, 2] }, '[1,2]'],
    [
      'task-retried',
      { attempt: 1, error: { code: 'x', message: 'no' }, retry_at: 'T' },
      'attempt 1 failed (x: no), again at T',
    ],
    ['task-retried', { attempt: 1, asked: true }, 'another try was asked for'],
    [
      'task-rerouted',
      { attempt: 1, from: 'a', to: 'b', error: { code: 'x', message: 'no' } },
      'a gave up (x: no), b is asked instead',
    ],
    ['task-released', { attempt: 1 }, 'attempt 1 was handed back'],
    ['task-cancel-requested', {}, 'task-cancel-requested'],
    ['task-completed', {}, 'task-completed'],
    ['task-failed', { error: { code: 'x', message: `no ${CLEAR}` } }, 'x: no ␛[2J'],
    ['task-failed', {}, '?'],
    ['task-cancelled', { stopped_after_ms: 5 }, 'stopped 5 ms after the request'],
    ['task-cancelled', {}, 'task-cancelled'],
  ])('%s %j is one line that says it', (type, data, said) => {
    const line = renderEvent(taskEventSchema.parse(taskEvent(4, type, data)), plain);
    expect(line).toContain(said);
    expect(line).toMatch(/^03:04:05\.678 {2}4 task-/);
    expect(line).not.toMatch(/\n/);
  });
});

describe('an error', () => {
  it('says what is wrong with each field, and where the screen found what', () => {
    const problem = new ApiProblem({
      type: 'urn:x',
      title: 'x',
      status: 422,
      code: 'request_invalid',
      detail: '/goal: must not be blank',
      instance: '/submit',
      request_id: 'r1',
      errors: [
        { pointer: '/goal', detail: 'must not be blank' },
        { pointer: '', detail: `odd ${CLEAR}` },
      ],
      findings: [{ type: 'SSN', field: '/goal', position: 17 }],
    });
    expect(renderError(problem, plain)).toBe(
      'error: /goal: must not be blank\n  (the body): odd ␛[2J\n  SSN in /goal at 17',
    );
  });

  it('of ours says so, with the request to look for, and its stack only when asked', () => {
    const bug = new ApiProblem({
      type: 'u',
      title: 't',
      status: 500,
      code: 'internal_error',
      detail: 'wrong',
      instance: '/',
      request_id: 'r9',
    });
    expect(renderError(bug, plain)).toContain('request r9');
    expect(renderError(new TypeError('x is undefined'), plain)).toBe(
      'error: x is undefined\n  this is a fault of ours; SWITCHYARD_DEBUG=1 shows where',
    );
    expect(renderError(new TypeError('x'), plain, true)).toContain('views.test.ts');
    expect(renderError(new SwitchyardError('c', 'invalid', 'm'), plain)).toBe('error: m');
  });

  it('is cut when it goes on for pages', () => {
    expect(renderError(new SwitchyardError('c', 'invalid', 'm\n'.repeat(500)), plain).split('\n')).toHaveLength(31);
  });
});

describe('the banner and the doctor', () => {
  it('say what is on, what is off and why, and what to do next', () => {
    const parts = [
      { name: 'database', state: 'on', detail: 'embedded' },
      { name: 'probe', state: 'off', detail: 'not in this version' },
      { name: 'mine', state: 'troubled', detail: 'mine.sh is not on the PATH' },
    ] as const;
    const text = renderBanner(parts, '0.1.0', 'http://127.0.0.1:8000', plain);
    expect(text).toContain('✓ database    embedded');
    expect(text).toContain('– probe       not in this version');
    expect(text).toContain('✗ mine        mine.sh is not on the PATH');
    expect(text).toContain('http://127.0.0.1:8000/docs');
    expect(renderBanner(parts, '0.1.0', null, plain)).not.toContain('docs');
  });

  it('say what to do about a failed check', () => {
    const check = { name: 'port', status: 'failed', detail: 'taken', advice: 'take another' } as const;
    expect(renderCheck(check, plain)).toBe('✗ port               taken\n  → take another');
    expect(renderCheck({ name: 'node', status: 'ok', detail: '24' }, plain)).toBe('✓ node               24');
  });

  it.each([40, 60, 80])('fit a terminal of %i columns, between words and below their beginning', (columns) => {
    const detail = 'conversations with the scripted model; no key of a provider is set, 32 at once; texts are screened';
    const check = { name: 'model keys', status: 'failed', detail: `${detail}\n${detail}`, advice: detail } as const;
    const text = stripVTControlCharacters(
      [
        renderBanner([{ name: 'a-long-name-of-an-arm', state: 'on', detail }], '0.1.0', null, terminal(columns)),
        renderCheck(check, terminal(columns)),
      ].join('\n'),
    );
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
    expect(text.replaceAll(/\s+/g, ' ')).toContain(detail);
    expect(text).toMatch(/\n {21}\S/);
  });

  it('leave lines whole where no terminal has to be fitted', () => {
    const detail = 'a word and another '.repeat(20).trim();
    expect(renderCheck({ name: 'node', status: 'ok', detail }, plain)).toBe(`✓ node               ${detail}`);
  });
});
