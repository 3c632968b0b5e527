// `npm run check`: every gate that needs no running program, side by side, one line each; a gate's own words only when it refuses.
// `--quick` looks at the staged files and the import rules only: what the pre-commit hook runs.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);

/** Characters of a gate's output that are shown: some thousand findings; whoever has more fixes those first. */
const SHOWN_CHARACTERS = 200_000;
/** Folders under the import rules. The rules themselves say what holds for which. */
const RULED_FOLDERS = ['packages', 'bench', 'scripts', 'tests'];

interface Gate {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

interface Outcome {
  readonly gate: Gate;
  readonly passed: boolean;
  readonly output: string;
  readonly seconds: number;
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program of node_modules/.bin (or the PATH) in the root; its output is kept up to SHOWN_CHARACTERS. */
function run(command: string, args: readonly string[], signal: AbortSignal): Promise<Ended> {
  const path = [join(root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter);
  const color = process.stdout.isTTY && process.env['NO_COLOR'] === undefined ? { FORCE_COLOR: '1' } : {};
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...color, PATH: path },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    });
    let output = '';
    let dropped = 0;
    const keep = (text: string): void => {
      const kept = text.slice(0, SHOWN_CHARACTERS - output.length);
      output += kept;
      dropped += text.length - kept.length;
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, output: dropped === 0 ? output : `${output}\n… and ${dropped} characters more` });
    });
  });
}

function importRules(): Gate {
  return {
    name: 'import rules',
    command: 'depcruise',
    args: [
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'err',
      ...RULED_FOLDERS.filter((folder) => existsSync(join(root, folder))),
    ],
  };
}

/** The whole tree, the slowest first so that the others run beside it. */
function allGates(): readonly Gate[] {
  return [
    { name: 'lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings'] },
    { name: 'types', command: 'tsc', args: ['-p', '.'] },
    { name: 'unused code', command: 'knip', args: ['--no-config-hints'] },
    importRules(),
    { name: 'python types', command: 'pyright', args: ['--warnings', '-p', 'packages/probe/workers'] },
    {
      name: 'format',
      command: 'biome',
      args: ['check', '--linter-enabled=false', '--enforce-assist=true', '--error-on-warnings', '.'],
    },
  ];
}

/** The staged files as they lie in the working tree. */
async function quickGates(signal: AbortSignal): Promise<readonly Gate[]> {
  const { code, output } = await run('git', ['diff', '--cached', '--name-only', '--diff-filter=ACMR', '-z'], signal);
  if (code !== 0) throw new Error(`git cannot say what is staged:\n${output}`);
  const staged = output.split('\0').filter((name) => name !== '' && existsSync(join(root, name)));
  const sources = staged.filter((name) => /\.(ts|mjs|cjs|js)$/.test(name));
  if (staged.length === 0) return [];
  const format = ['check', '--linter-enabled=false', '--enforce-assist=true', '--no-errors-on-unmatched'];
  return [
    { name: 'format', command: 'biome', args: [...format, '--files-ignore-unknown=true', ...staged] },
    ...(sources.length === 0
      ? []
      : [
          {
            name: 'lint',
            command: 'oxlint',
            args: ['--type-aware', '--deny-warnings', '--no-error-on-unmatched-pattern', ...sources],
          },
          importRules(),
        ]),
  ];
}

async function judge(gate: Gate, signal: AbortSignal): Promise<Outcome> {
  const started = performance.now();
  const { code, output } = await run(gate.command, gate.args, signal);
  return { gate, passed: code === 0, output, seconds: (performance.now() - started) / 1000 };
}

function report({ gate, passed, output, seconds }: Outcome): void {
  console.log(`${passed ? '✓' : '✗'} ${gate.name.padEnd(14)}${seconds.toFixed(1).padStart(5)} s`);
  if (!passed) console.log(`\n${output.trim()}\n`);
}

/** @returns the outcomes of all gates; each is reported as it ends. */
async function judgeAll(gates: readonly Gate[], signal: AbortSignal): Promise<readonly Outcome[]> {
  const waiting = [...gates];
  const outcomes: Outcome[] = [];
  const lane = async (): Promise<void> => {
    for (let gate = waiting.shift(); gate !== undefined; gate = waiting.shift()) {
      const outcome = await judge(gate, signal);
      report(outcome);
      outcomes.push(outcome);
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, lane));
  return outcomes;
}

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.filter((arg) => arg !== '--quick');
  if (unknown.length > 0) {
    console.error(
      `check: unknown option ${unknown.join(' ')}. It takes --quick (staged files and import rules) or nothing.`,
    );
    return 2;
  }
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => stop.abort(new Error(`ended by ${name}`)));
  const started = performance.now();
  const outcomes = await judgeAll(args.includes('--quick') ? await quickGates(stop.signal) : allGates(), stop.signal);
  const refused = outcomes.filter((outcome) => !outcome.passed).map((outcome) => outcome.gate.name);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(refused.length === 0 ? `all passed in ${seconds} s` : `refused by: ${refused.join(', ')} (${seconds} s)`);
  return refused.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`check: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
