import { createNativeSandbox, type Language } from '../../../src/sandbox/index.ts';

/** Why some of these languages cannot be tried on this machine, for the title of what is skipped then; empty when all can. */
export async function missingHere(...languages: readonly Language[]): Promise<string> {
  const sandbox = await createNativeSandbox({ parkedAtLeast: 0 });
  const { refused } = sandbox.status();
  await sandbox.close();
  const missing = refused.filter(({ language }) => languages.includes(language));
  return missing.length === 0
    ? ''
    : ` (cannot be tried here: ${missing.map(({ language, reason }) => `${language}: ${reason}`).join('; ')})`;
}
