import { type SandboxPoolOptions, settingsOf } from '../pool-options.ts';
import type { Sandbox } from '../port.ts';
import { openHost } from './host.ts';
import { NATIVE_LANGUAGES, TOOLCHAINS } from './languages.ts';
import { NativeSandbox } from './native-sandbox.ts';
import { probeMemory, probeWalls } from './probe.ts';

/** A port that nothing listens on inside a box. */
const PROBED_PORT = 9;

/**
 * The sandbox of real interpreters and compilers, on Linux with bubblewrap: see `native-sandbox.ts`.
 *
 * Resolves when its walls were probed. It never rejects for what the machine lacks: its status then says which languages are refused and
 * why, and running one is LanguageUnsupported.
 *
 * @param env where the PATH is read on which Go, Rust and Java are looked for
 * @throws RangeError when an option is out of its bounds.
 */
export async function createNativeSandbox(
  options: SandboxPoolOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<Sandbox> {
  const settings = settingsOf(options);
  const host = await openHost(process.platform, process.arch, env);
  if ('missing' in host) return new NativeSandbox(settings, undefined, host.missing);
  const sandbox = new NativeSandbox(settings, host);
  const problems = await probeWalls((job) => sandbox.run(job), process.arch, PROBED_PORT);
  if (problems.length > 0) sandbox.fail(problems);
  else if (host.groups !== undefined) await refuseUnheld(sandbox);
  sandbox.warm();
  return sandbox;
}

/** Refuses what only a control group can hold, when it does not. */
async function refuseUnheld(sandbox: NativeSandbox): Promise<void> {
  const instead = await probeMemory((job) => sandbox.run(job));
  if (instead === undefined) return;
  const held = NATIVE_LANGUAGES.filter(
    (language) => language === 'javascript' || language === 'typescript' || needsGroup(language),
  );
  sandbox.refuse(held, `its memory cannot be held: the control group did not (${instead})`);
}

function needsGroup(language: (typeof NATIVE_LANGUAGES)[number]): boolean {
  return (
    language in TOOLCHAINS &&
    Object.entries(TOOLCHAINS).some(([name, { needsGroup }]) => name === language && needsGroup === true)
  );
}
