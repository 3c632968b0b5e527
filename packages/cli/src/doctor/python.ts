import { messageOf } from '@switchyard/core';
import { type Check, failed, ok, skipped } from './check.ts';

/**
 * The Python that would run the Python workers. Nobody needs one who does not use them, so that none is no fault; one that was
 * named and does not work is.
 */
export async function checkPython(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Check> {
  const { findPython } = await import('@switchyard/probe');
  try {
    const { python, executable, packages } = await findPython({ env, signal });
    const tokenizer = packages['tiktoken'] === true ? 'with tiktoken' : 'without tiktoken, which it can do without';
    return ok('python workers', `${python} at ${executable}, ${tokenizer}`);
  } catch (error) {
    signal.throwIfAborted();
    if ((env['PYTHON_WORKER_COMMAND'] ?? '') !== '') {
      return failed(
        'python workers',
        messageOf(error),
        'name a Python of 3.10 or later in PYTHON_WORKER_COMMAND, or leave it out',
      );
    }
    return skipped('python workers', `${messageOf(error)}\nonly conversations with "runtime": "python" need one`);
  }
}
