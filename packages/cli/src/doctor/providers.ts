import { type Check, failed, ok, skipped } from './check.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Which keys there are (their names, never their values), and which of those providers answer. */
export async function checkProviders(env: Environment, signal: AbortSignal): Promise<Check[]> {
  const { askProvider, configuredProviders, PROVIDERS } = await import('@switchyard/probe');
  const configured = configuredProviders(env);
  const missing = PROVIDERS.filter((provider) => !configured.includes(provider));
  const names = missing.map(({ keyVariable, keyOptional, baseUrlVariable }) =>
    keyOptional ? baseUrlVariable : keyVariable,
  );
  const notSet = names.length === 0 ? '' : `; not set: ${names.join(', ')}`;
  if (configured.length === 0) {
    return [skipped('model keys', `none is set, so only the scripted model answers${notSet}`)];
  }
  const answers = await Promise.all(
    configured.map(async (provider): Promise<Check> => {
      const answer = await askProvider(provider, env, signal);
      if (answer.answers)
        return ok(provider.id, `${answer.host} answers and takes the key (${Math.round(answer.ms)} ms)`);
      return failed(
        provider.id,
        `${answer.host}: ${answer.reason}`,
        `check ${provider.keyVariable}, and ${provider.baseUrlVariable} if it is set; or unset it to do without ${provider.title}`,
      );
    }),
  );
  const set = configured.map(({ keyVariable, keyOptional, baseUrlVariable }) =>
    keyOptional ? baseUrlVariable : keyVariable,
  );
  return [ok('model keys', `set: ${set.join(', ')}${notSet}`), ...answers];
}
