/** promptfoo, the tool that a user would pick for bench/probe.ts: installed into a folder of its own, its telemetry off. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const VERSION = '0.123.1';
const POLL_MS = 50;
/** Nothing is sent but the calls that are measured. */
const QUIET = {
  PROMPTFOO_DISABLE_TELEMETRY: '1',
  PROMPTFOO_DISABLE_UPDATE: '1',
  PROMPTFOO_DISABLE_REMOTE_GENERATION: 'true',
  PROMPTFOO_SELF_HOSTED: '1',
};

export interface Promptfoo extends AsyncDisposable {
  /** @returns seconds and MB at the peak of the whole process */
  evaluate(
    url: string,
    key: string,
    turns: number,
    count: number,
    atOnce: number,
  ): Promise<{ seconds: number; peakMb: number }>;
}

/**
 * `SWITCHYARD_BENCH_PROMPTFOO` names a folder where it is installed already; it is 1.5 GB.
 *
 * @throws when it cannot be installed
 */
export async function openPromptfoo(): Promise<Promptfoo> {
  const given = process.env['SWITCHYARD_BENCH_PROMPTFOO'];
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-promptfoo-'));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 20 });
  const home = given ?? folder;
  const program = join(home, 'node_modules', 'promptfoo', 'dist', 'src', 'entrypoint.js');
  try {
    if (given === undefined) await install(folder);
    if (!existsSync(program)) throw new Error(`${program} is not there`);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    evaluate: async (url, key, turns, count, atOnce) => {
      const state = await mkdtemp(join(folder, 'state-'));
      const config = join(state, 'config.json');
      await writeFile(config, JSON.stringify(configOf(url, turns, count)));
      return measure(program, config, { PROMPTFOO_CONFIG_DIR: state, OPENAI_API_KEY: key }, atOnce);
    },
    [Symbol.asyncDispose]: dispose,
  };
}

async function install(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"private": true}');
  const npm = spawn('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', `promptfoo@${VERSION}`], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(npm, 'exit')) as unknown[];
  if (code !== 0) throw new Error(`npm ended with ${String(code)}`);
}

/** A conversation is rows that share a `conversationId`; its earlier turns come in as `_conversation`. */
function configOf(url: string, turns: number, count: number): object {
  const history =
    '[{% for past in _conversation %}{"role": "user", "content": "{{ past.input }}"}, {"role": "assistant", "content": "{{ past.output }}"}, {% endfor %}{"role": "user", "content": "{{ question }}"}]';
  return {
    providers: [{ id: 'openai:chat:gpt-4o', config: { apiBaseUrl: url, max_tokens: 100 } }],
    prompts: [turns === 1 ? '{{question}}' : history],
    tests: Array.from({ length: count * turns }, (_, row) => ({
      vars: { question: `What is in box ${Math.floor(row / turns)}, turn ${row % turns}?` },
      ...(turns > 1 && { metadata: { conversationId: `box-${Math.floor(row / turns)}` } }),
    })),
  };
}

async function measure(
  program: string,
  config: string,
  env: Readonly<Record<string, string>>,
  atOnce: number,
): Promise<{ seconds: number; peakMb: number }> {
  const flags = [
    'eval',
    '-c',
    config,
    '--no-cache',
    '--no-progress-bar',
    '--no-table',
    '--max-concurrency',
    String(atOnce),
  ];
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['--no-warnings', program, ...flags], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...QUIET, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let peakMb = 0;
  // The high-water mark only ever rises: the last look before the end is close to the peak.
  const timer = setInterval(() => {
    peakMb = Math.max(peakMb, highWaterMb(child.pid));
  }, POLL_MS);
  const [code] = (await once(child, 'exit')) as unknown[];
  clearInterval(timer);
  if (code !== 0) throw new Error(`promptfoo ended with ${String(code)}`);
  return { seconds: (performance.now() - startedAt) / 1000, peakMb };
}

function highWaterMb(pid: number | undefined): number {
  try {
    const kb = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kb ?? 0) / 1024;
  } catch {
    return 0;
  }
}
