import { PROVIDERS, type Provider } from './provider-table.ts';

/** The providers that an environment has what it takes for: a key, or the address of a server that wants none. */
export function configuredProviders(env: { readonly [variable: string]: string | undefined }): Provider[] {
  const has = (variable: string): boolean => (env[variable] ?? '').trim() !== '';
  return PROVIDERS.filter(({ keyVariable, keyOptional, baseUrlVariable }) =>
    keyOptional ? has(baseUrlVariable) : has(keyVariable),
  );
}
