import type { ProbeRuntime, Repeat, ScenarioFile, WorkerInput, WorkerOutput } from '@switchyard/probe';
import { InvalidArgumentError, Option } from 'commander';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { TurnPrinter } from '../render/conversation.ts';
import { addExamples, addJsonOption, type CommandHost, type JsonFlag } from './command-host.ts';

const RUNTIMES = ['in-process', 'node', 'python'] as const;

interface ProbeFlags extends JsonFlag {
  readonly model: string;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly maxTurns?: number;
  readonly runtime: (typeof RUNTIMES)[number];
}

export function addProbe({ program, context, action }: CommandHost): void {
  const command = program
    .command('probe <scenario>')
    .description(
      'hold one conversation with a model by a scenario file, printed as it goes; nothing is stored (exit status 5 when it fails)',
    )
    .requiredOption('--model <id>', 'as openai:gpt-4o, claude-3-haiku or scripted; its key comes from the environment')
    .addOption(new Option('--temperature <number>', 'instead of the scenario’s').argParser(readNumber))
    .addOption(new Option('--max-tokens <count>', 'most tokens of each answer').argParser(readCount))
    .addOption(new Option('--max-turns <count>', 'the prompt and this many followups less one').argParser(readCount))
    .addOption(new Option('--runtime <name>', 'where it is held').choices(RUNTIMES).default('in-process'));
  addExamples(addJsonOption(command), [
    'switchyard probe examples/scenarios/hot-dog.json --model scripted',
    'OPENAI_API_KEY=… switchyard probe examples/scenarios/hot-dog.json --model gpt-4o --max-turns 2',
    'switchyard probe scenario.json --model openai-compatible:llama3 --json | jq -r "select(.type == \\"turn\\").targetResponse"',
  ]);
  command.action(action((file: string, flags: ProbeFlags) => probe(file, flags, context)));
}

async function probe(file: string, flags: ProbeFlags, context: Context): Promise<ExitCode> {
  const [{ parseScenarioFile, priceOfTranscript }, { readJson }, { createTurnPrinter }] = await Promise.all([
    import('@switchyard/probe'),
    import('../input-file.ts'),
    import('../render/conversation.ts'),
  ]);
  const scenario = parseScenarioFile(await readJson(file, context.io), file === '-' ? 'stdin' : file);
  const input = await inputOf(scenario, flags);
  const printer = createTurnPrinter(input, flags.json === true, context);
  const runtime = await openRuntime(flags, printer, context);
  let output: WorkerOutput;
  try {
    output = await runtime.run(input, {
      signal: context.signal,
      onProgress: (progress) => printer.progress(progress),
    });
  } finally {
    await runtime.close();
  }
  const transcript = output.success ? output.transcript : output.partial;
  const costUsd = transcript === undefined ? 0 : await priceOfTranscript(input, transcript);
  printer.end(output, costUsd);
  return output.success ? EXIT.done : EXIT.failed;
}

/** @throws UsageError for what the command's own words make wrong */
async function inputOf(scenario: ScenarioFile, flags: ProbeFlags): Promise<WorkerInput> {
  const { probeTaskInputProblems, workerInputSchema } = await import('@switchyard/probe');
  const { title: _title, config, modelConfig, modelCost, ...asked } = scenario;
  const { temperature, maxTokens, maxTurns } = flags;
  const input = {
    runId: 'probe',
    scenarioId: 'file',
    modelId: flags.model,
    scenario: asked,
    config: {
      ...config,
      ...(temperature !== undefined && { temperature }),
      ...(maxTokens !== undefined && { maxTokens }),
      ...(maxTurns !== undefined && { maxTurns }),
    },
    modelConfig,
    modelCost,
  };
  const flagOf: { readonly [pointer: string]: string } = {
    '/modelId': '--model',
    '/config/temperature': '--temperature',
    '/config/maxTokens': '--max-tokens',
    '/config/maxTurns': '--max-turns',
  };
  const problems = probeTaskInputProblems(input);
  if (problems.length > 0) {
    throw new UsageError(problems.map(({ pointer, detail }) => `${flagOf[pointer] ?? pointer}: ${detail}`).join('\n'));
  }
  return workerInputSchema.parse(input);
}

async function openRuntime(flags: ProbeFlags, printer: TurnPrinter, context: Context): Promise<ProbeRuntime> {
  const { createInProcessRuntime, createNodeRuntime, createPythonRuntime, DEFAULT_SCRIPT, loadScript, repeatWords } =
    await import('@switchyard/probe');
  const [{ modelEnvironment }, { loadSettings }] = await Promise.all([
    import('@switchyard/orchestrator/config'),
    import('../settings.ts'),
  ]);
  const { config } = await loadSettings(context);
  const env = modelEnvironment(config, context.io.env);
  if (flags.runtime !== 'in-process' && !/^scripted(:|$)/.test(flags.model)) {
    const options = {
      env,
      keep: false,
      onLog: ({ level, msg }: { level: string; msg: string }) => {
        if (level === 'warn' || level === 'error') context.note(`${level}: ${msg}`);
      },
    };
    return flags.runtime === 'node' ? createNodeRuntime(options) : createPythonRuntime(options);
  }
  const { scriptFile } = config;
  const script = scriptFile === undefined ? DEFAULT_SCRIPT : await loadScript(scriptFile, context.signal);
  const onRepeat = (repeat: Repeat): void => context.note(`warn: ${repeatWords(repeat)}`);
  return createInProcessRuntime({ sources: { env, script, onRepeat }, onTurn: (turn) => printer.turn(turn) });
}

function readNumber(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It may be a number from 0 to 2.');
}

function readCount(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It may be a whole number from 1.');
}
