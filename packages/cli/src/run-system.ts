/** Keeps a system running until it is asked to stop or cannot go on. Shared by `up`, `api` and `worker`. */
import type { Config, Reloaded, System, SystemPart } from '@switchyard/orchestrator';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { renderError } from './render/problem.ts';

/** How long running attempts may go on before their tasks are handed back. */
const DRAIN_MS = 10_000;
/** How long the process may go on after everything of ours has stopped. */
const LINGER_MS = 2_000;

/** What of a system is on, a line each, for those who want no banner. */
export function noteParts(context: Context, parts: readonly SystemPart[]): void {
  for (const { name, state, detail } of parts) if (state !== 'off') context.note(`  ${name}: ${detail}`);
}

/**
 * Done after a signal, with everything drained; an error when the system failed by itself.
 *
 * @param readConfig the configuration as it stands now, with the same flags and environment: SIGHUP asks for it
 */
export async function runUntilStopped(
  context: Context,
  system: System,
  readConfig?: () => Promise<Config>,
): Promise<ExitCode> {
  const stopReloading =
    readConfig === undefined ? undefined : context.io.onReload(() => void reload(context, system, readConfig));
  const { signal } = context;
  const stopping = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  const failure = await Promise.race([stopping, system.failed]);
  stopReloading?.();
  if (failure !== null) context.note(renderError(failure, context.noteStyle));
  else context.note('stopping: running work may end, the rest is handed back (again to stop at once)');
  await system.stop({ deadlineMs: DRAIN_MS });
  if (failure === null) context.note('stopped');
  const code = failure === null ? EXIT.done : EXIT.error;
  // An arm that ignores its signal may keep the process alive, and its work ends with it.
  setTimeout(() => context.io.exit(code), LINGER_MS).unref();
  return code;
}

/** What is wrong with a configuration is told, and the one before stays. */
async function reload(context: Context, system: System, readConfig: () => Promise<Config>): Promise<void> {
  try {
    context.note(wordsOf(await system.reload(await readConfig())));
  } catch (error) {
    context.note('the configuration was not reloaded, the one before stays:');
    context.note(renderError(error, context.noteStyle));
  }
}

function wordsOf({ added, changed, removed, needsRestart }: Reloaded): string {
  const arms = Object.entries({ added, changed, removed }).flatMap(([what, names]) =>
    names.length === 0 ? [] : [`arms ${what}: ${names.join(', ')}`],
  );
  const rest = needsRestart.length === 0 ? [] : [`only a restart takes: ${needsRestart.join(', ')}`];
  return `configuration reloaded; ${[...(arms.length === 0 ? ['no arm changed'] : arms), ...rest].join('; ')}`;
}
