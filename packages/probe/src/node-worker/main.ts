/** The TypeScript worker as a program: `node main.ts < input.json`, or `node main.ts --serve`. docs/workers.md is its contract. */
import { type Repeat, repeatWords } from '../calls/retrying-model.ts';
import { createInProcessRuntime } from '../runtime/in-process.ts';
import { timeLimitOf } from '../worker-process/environment.ts';
import { serveWorker } from './serve.ts';

const USAGE = 2;
const { argv, env, stdin, stdout, stderr } = process;
const flags = argv.slice(2);

if (flags.some((flag) => flag !== '--serve')) {
  stderr.write(`unknown arguments ${flags.join(' ')}; it takes --serve or nothing\n`);
  process.exitCode = USAGE;
} else {
  const initialDelayMs = Number(env['PROBE_RETRY_DELAY_MS'] ?? '');
  const retry = initialDelayMs > 0 ? { initialDelayMs } : {};
  const onRepeat = (repeat: Repeat): void => {
    const { error, call, delayMs } = repeat;
    const facts = { code: error.code, attempt: call - 1, waitMs: Math.ceil(delayMs) };
    const line = {
      level: 'warn',
      time: new Date().toISOString(),
      context: 'probe',
      msg: repeatWords(repeat),
      ...facts,
    };
    stderr.write(`${JSON.stringify(line)}\n`);
  };
  const runtime = createInProcessRuntime({ sources: { env, retry, onRepeat } });
  await serveWorker({ stdin, stdout, stderr, runtime, serve: flags.length > 0, timeLimitMs: timeLimitOf(env) });
  await runtime.close();
}
