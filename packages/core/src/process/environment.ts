/** What a child process may know of our environment: names on a list, never all of it. */
export interface ProcessEnvironment {
  /** Where the allowed names are looked up, `process.env` for instance. Default: nowhere. */
  readonly source?: Readonly<Record<string, string | undefined>> | undefined;
  /** Names passed on as they are in `source`, exact, no patterns; absent ones stay absent. Default: `BASE_VARIABLES`. */
  readonly allow?: readonly string[] | undefined;
  /** Set besides, over what was passed on. */
  readonly set?: Readonly<Record<string, string>> | undefined;
}

/** What programs need to be found and to write dates and text as the user's other programs do; nothing secret. */
export const BASE_VARIABLES: readonly string[] = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR'];

/** The variables that a child gets; an empty object when nothing was named. */
export function childEnvironment(environment: ProcessEnvironment = {}): Record<string, string> {
  const { source = {}, allow = BASE_VARIABLES, set = {} } = environment;
  const variables: Record<string, string> = {};
  for (const name of allow) {
    const value = Object.hasOwn(source, name) ? source[name] : undefined;
    if (value !== undefined) variables[name] = value;
  }
  return { ...variables, ...set };
}
