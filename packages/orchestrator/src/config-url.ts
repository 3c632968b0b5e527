/** URLs of a configuration, which may hold a password. */

export const HIDDEN = '***';
const NO_HOST = 'no-host.invalid';

/** The URL without what is secret in it; what is no URL is not shown at all, since nobody can tell what in it is secret. */
export function maskUrl(text: string): string {
  const url = parseUrl(text);
  if (url === null || url.host === '') return HIDDEN;
  const secretNames = [...url.searchParams.keys()].filter((name) => /pass|secret|token|key/i.test(name));
  // Where services take a token as the user, there is no password beside it.
  const userIsToken = url.username !== '' && url.password === '' && /^https?:$/.test(url.protocol);
  if (url.password === '' && !userIsToken && secretNames.length === 0) return text;
  if (url.password !== '') url.password = HIDDEN;
  if (userIsToken) url.username = HIDDEN;
  for (const name of secretNames) url.searchParams.set(name, HIDDEN);
  return url.href.replace(`@${NO_HOST}`, '@').replace(`//${NO_HOST}`, '//');
}

/** A value as JSON for people, each URL in it without what is secret. */
export function jsonWithMaskedUrls(value: unknown): string {
  const masked = (_: string, inner: unknown): unknown =>
    typeof inner === 'string' && inner.includes('://') ? maskUrl(inner) : inner;
  return JSON.stringify(value, masked) ?? String(value);
}

/** PostgreSQL's URLs may have no host (it is a socket's folder, given as a parameter); the URL standard then wants one. */
function parseUrl(text: string): URL | null {
  return URL.parse(text.replace(/^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)(?=[/?])/, `$1${NO_HOST}`));
}

/** A URL as PostgreSQL's clients take it (libpq, "Connection URIs"). */
export function isDatabaseUrl(text: string): boolean {
  const url = parseUrl(text);
  return url !== null && /^postgres(ql)?:$/.test(url.protocol) && url.host !== '';
}
