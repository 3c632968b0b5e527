/** Jobs in the few words that a test needs; free of the test runner, so that a fixture process can use it. */
import { DEFAULT_ENTRYPOINT } from '../../src/contract/source-files.ts';
import type { JsonValue, Language, Limits, SandboxJob, Step } from '../../src/sandbox/index.ts';

/** Short enough that a test of a time-out is short, long enough for a loaded machine. */
export const LIMITS: Limits = { cpuMs: 3000, wallMs: 3000, memoryMb: 256, outputKb: 64 };

export function call(name: string | undefined, ...values: JsonValue[]): Step {
  return { kind: 'call', ...(name === undefined ? {} : { function: name }), arguments: { by: 'position', values } };
}

export function callNamed(name: string, values: { readonly [name: string]: JsonValue }): Step {
  return { kind: 'call', function: name, arguments: { by: 'name', values } };
}

export function assertion(code: string): Step {
  return { kind: 'assertion', code };
}

/** A job of one file, whose name is the language's. */
export function job(
  language: Language,
  source: string,
  steps: readonly Step[],
  limits: Partial<Limits> = {},
): SandboxJob {
  const entrypoint = DEFAULT_ENTRYPOINT[language];
  return { language, files: { [entrypoint]: source }, entrypoint, steps, limits: { ...LIMITS, ...limits } };
}
