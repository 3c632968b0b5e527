/** Where a request goes: always to the configured server, below its path prefix. */

/** A path that would leave the server or its prefix. */
export class PathOutsideServer extends Error {
  constructor(path: string) {
    super(
      `the path ${JSON.stringify(path)} does not stay on the server and below its prefix; give a path such as /ping`,
    );
  }
}

export class RequestUrls {
  readonly host: string;
  readonly #base: string;
  readonly #origin: string;
  readonly #prefix: string;

  constructor(apiUrl: string) {
    const url = new URL(apiUrl);
    this.host = url.host;
    this.#origin = url.origin;
    this.#prefix = url.pathname.replace(/\/+$/, '');
    this.#base = url.origin + this.#prefix;
  }

  /**
   * @param path below the prefix, with or without a slash at its start; may have a query
   * @throws {PathOutsideServer}
   */
  urlOf(path: string): URL {
    const url = URL.parse(`${this.#base}/${path.startsWith('/') ? path.slice(1) : path}`);
    const within = url?.origin === this.#origin && url.pathname.startsWith(`${this.#prefix}/`);
    if (url === null || !within || /^[a-z][a-z0-9+.-]*:\/\//i.test(path)) throw new PathOutsideServer(path);
    return url;
  }
}

/** As it may be shown: user, password, query and fragment may hold secrets. */
export function publicUrl(url: URL): string {
  return url.origin + url.pathname;
}
