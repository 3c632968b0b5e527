/** URLs of a configuration, which may hold a password. */

export const HIDDEN = '***';
const NO_HOST = 'no-host.invalid';

/** The URL without what is secret in it; what is no URL is not shown at all, since nobody can tell what in it is secret. */
export function maskUrl(text: string): string {
  const url = parseUrl(text);
  if (url === null || url.host === '') return HIDDEN;
  if (url.password !== '') url.password = HIDDEN;
  for (const key of url.searchParams.keys()) {
    if (/pass|secret|token|key/i.test(key)) url.searchParams.set(key, HIDDEN);
  }
  return url.href.replace(`@${NO_HOST}`, '@').replace(`//${NO_HOST}`, '//');
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
