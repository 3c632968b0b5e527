import { messageOf } from '@switchyard/core';
import type { Language, RunAtomRequest, Sandbox } from '@switchyard/greenlight';
import { type Check, failed, ok, skipped } from './check.ts';

const PROGRAMS: { readonly [language in Language]?: string } = {
  python: 'def answer():\n    return sum(range(9)) + 6\n',
  javascript: 'function answer() { return [1, 2, 39].reduce((a, b) => a + b); }\n',
  bash: 'echo $((40 + 2))\n',
  sql: 'SELECT 40 + 2;\n',
  typescript: 'function answer(): number { return [1, 2, 39].reduce((a, b) => a + b); }\n',
};

/** Where a function is not called. */
const TESTS: { readonly [language in Language]?: object } = {
  bash: { expected_stdout: '42' },
  sql: { input: [], expected: [[42]] },
};

/** Runs a tiny program in every language, and asks the sandbox what does not hold. */
export async function checkSandbox(signal: AbortSignal): Promise<Check[]> {
  const { createWasmSandbox } = await import('@switchyard/greenlight');
  const sandbox = await createWasmSandbox({ parkedAtLeast: 1 });
  try {
    const checks: Check[] = [];
    for (const language of sandbox.languages) {
      const program = PROGRAMS[language];
      if (program !== undefined) checks.push(await checkLanguage(sandbox, language, program, signal));
    }
    const { name, problems } = sandbox.status();
    if (problems.length > 0) checks.push(failed(`${name} sandbox`, problems.join('; '), ADVICE));
    return [...checks, ...(await checkNative())];
  } finally {
    await sandbox.close();
  }
}

/** Opening the native sandbox probes its walls; what this machine lacks for it is no failure, walls that do not hold are. */
async function checkNative(): Promise<Check[]> {
  const { createNativeSandbox } = await import('@switchyard/greenlight');
  const sandbox = await createNativeSandbox({ parkedAtLeast: 0 });
  try {
    const { languages, problems, refused } = sandbox.status();
    if (problems.length > 0) return [failed('native sandbox', problems.join('; '), NATIVE_ADVICE)];
    const reasons = [...new Set(refused.map(({ reason }) => reason))];
    const [reason] = reasons;
    if (languages.length === 0 && reason !== undefined) return [skipped('native sandbox', reason)];
    const without = refused.map((one) => `${one.language}: ${one.reason}`).join('; ');
    return [
      ok('native sandbox', `its walls hold; runs ${languages.join(', ')}`),
      ...(without === '' ? [] : [skipped('native, not here', without)]),
    ];
  } finally {
    await sandbox.close();
  }
}

const NATIVE_ADVICE = 'it runs nothing here; the wasm sandbox does not need it';

const ADVICE = 'run `npm install` again; if it stays so, this is a fault of ours';

async function checkLanguage(
  sandbox: Sandbox,
  language: Language,
  program: string,
  signal: AbortSignal,
): Promise<Check> {
  const { grade, parseRunAtomRequest } = await import('@switchyard/greenlight');
  const name = `${language} sandbox`;
  const request: RunAtomRequest = parseRunAtomRequest({
    atom_id: 'doctor',
    atom_type: 'code_submission',
    front: '',
    back: '',
    content_json: { language, submission: program, tests: [TESTS[language] ?? { input: [], expected: 42 }] },
  });
  const startedAt = performance.now();
  try {
    const { correct, feedback } = await grade(request, sandbox, signal);
    if (!correct) return failed(name, `runs, but answers wrongly: ${feedback}`, ADVICE);
    return ok(name, `runs code (first answer after ${Math.round(performance.now() - startedAt)} ms)`);
  } catch (error) {
    signal.throwIfAborted();
    return failed(name, messageOf(error), ADVICE);
  }
}
