/**
 * The demo: a system in this process that only takes tasks, two worker processes that do them, real input from `examples/`.
 * Owns: its temporary directory, the system, the workers; none of them outlives it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { messageOf } from '@switchyard/core';
import { type Config, type System, startSystem } from '@switchyard/orchestrator';
import { createApiClient } from '../api-client.ts';
import type { JsonFlag } from '../commands/command-host.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Style } from '../render/style.ts';
import { loadSettings } from '../settings.ts';
import { answerGoal } from './answer.ts';
import { type Examples, loadExamples } from './examples.ts';
import { gradeDeck } from './grade-deck.ts';
import { showRefusals } from './refuse.ts';
import { type DemoCheck, type Stage, seconds } from './stage.ts';
import { surviveCrash } from './survive-crash.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

const WORKERS = 2;

export interface DemoFlags extends JsonFlag {
  readonly keep?: boolean | undefined;
}

interface Step {
  readonly title: string;
  readonly run: (stage: Stage, examples: Examples) => Promise<void>;
}

const STEPS: readonly Step[] = [
  { title: 'Grade a deck of exercises', run: gradeDeck },
  { title: 'Refuse what must not be stored', run: showRefusals },
  { title: 'Answer a goal', run: answerGoal },
  { title: 'Kill a worker in the middle of a task', run: surviveCrash },
];

/** With `--json` the story goes to stderr and what was checked to stdout. */
export async function runDemo(context: Context, flags: DemoFlags): Promise<ExitCode> {
  const startedAt = performance.now();
  const say = flags.json ? context.note : context.print;
  const style = flags.json ? context.noteStyle : context.style;
  const checks: DemoCheck[] = [];
  const examples = await loadExamples();
  const dataDir = await mkdtemp(join(tmpdir(), 'switchyard-demo-'));
  try {
    await onStage(context, { dataDir, examples, checks, say, style });
  } finally {
    if (flags.keep) say(`The data are kept: switchyard up --data-dir ${dataDir}`);
    else await rm(dataDir, { recursive: true, force: true, maxRetries: 20 });
  }
  const tookMs = performance.now() - startedAt;
  const ok = checks.every((check) => check.ok);
  if (flags.json) context.printJson({ ok, checks, took_ms: Math.round(tookMs) });
  else say(renderSummary(checks, tookMs, relative(context.io.cwd, examples.deckPath), style));
  return ok ? EXIT.done : EXIT.error;
}

interface Scenery {
  readonly dataDir: string;
  readonly examples: Examples;
  readonly checks: DemoCheck[];
  readonly say: (text: string) => void;
  readonly style: Style;
}

async function onStage(context: Context, { dataDir, examples, checks, say, style }: Scenery): Promise<void> {
  const { signal, io } = context;
  const { config } = await loadSettings({ ...context, io: { ...io, env: withoutSettings(io.env), cwd: dataDir } }, {});
  const own: Config = { ...config, dataDir, port: 0, logLevel: 'silent' };
  say(style.color.bold('Switchyard demo'));
  say(
    style.color.dim(`A system of its own in ${dataDir}: an API, ${WORKERS} worker processes, an embedded PostgreSQL.`),
  );
  const startedAt = performance.now();
  const system = await startSystem({ config: own, roles: ['api'], signal, env: io.env });
  const workers: WorkerProcess[] = [];
  try {
    const settings = { databaseUrl: system.databaseUrl, dataDir, scriptFile: examples.scriptFile };
    // One after the other is as fast on few cores, and whatever started is stopped below.
    for (let count = 0; count < WORKERS; count += 1) workers.push(await startWorkerProcess(settings, io.env, signal));
    say(
      `Ready after ${seconds(performance.now() - startedAt)}: ${system.url}, workers ${workers.map(({ pid }) => pid).join(' and ')}.`,
    );
    checks.push({
      name: 'the system starts',
      ok: true,
      detail: `${seconds(performance.now() - startedAt)}, with ${WORKERS} workers`,
    });
    await play({ system, workers, signal, checks, say, style, examples });
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    await system.stop({ deadlineMs: 0 });
  }
}

async function play({
  system,
  workers,
  signal,
  checks,
  say,
  style,
  examples,
}: Omit<Scenery, 'dataDir'> & {
  system: System;
  workers: readonly WorkerProcess[];
  signal: AbortSignal;
}): Promise<void> {
  const failing = new AbortController();
  void system.failed.then((error) => failing.abort(error));
  const stage: Stage = {
    api: createApiClient({ baseUrl: system.url ?? '' }),
    signal: AbortSignal.any([signal, failing.signal]),
    own: true,
    style,
    workers,
    say,
    check: (name, ok, detail) => {
      checks.push({ name, ok, detail });
    },
  };
  for (const [index, { title, run }] of STEPS.entries()) {
    say(`\n${style.color.bold(`${index + 1}. ${title}`)}`);
    try {
      await run(stage, examples);
    } catch (error) {
      signal.throwIfAborted();
      stage.check(title.toLowerCase(), false, messageOf(error));
      say(`${style.cross} ${messageOf(error)}`);
    }
  }
}

/** The demo shows the system as it is by default, whatever this machine is set up for. */
function withoutSettings(env: Context['io']['env']): Context['io']['env'] {
  return { PATH: env['PATH'] };
}

function renderSummary(checks: readonly DemoCheck[], tookMs: number, deckPath: string, style: Style): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const failures = checks.filter(({ ok }) => !ok).length;
  const { bold, dim } = style.color;
  return [
    `\n${bold('What was shown')}`,
    ...checks.map(({ name, ok, detail }) => `${ok ? style.tick : style.cross} ${name.padEnd(width)}  ${dim(detail)}`),
    failures === 0
      ? `All of it in ${seconds(tookMs)}.`
      : `${failures} of ${checks.length} did not come about as they should: see the lines with ${style.cross}, then \`switchyard doctor\`.`,
    `\n${bold('What to do next')}`,
    '  npm start                                   run it, and keep it running',
    '  npx switchyard submit "Say hello" --wait    hand in a task, from another terminal',
    `  npx switchyard grade ${deckPath}    grade the reference answers, without a server`,
  ].join('\n');
}
