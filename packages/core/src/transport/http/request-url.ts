/** Where a request goes: always to the configured server, below its path prefix. */

/** A path that would leave the server or its prefix. */
export class PathOutsideServer extends Error {
  constructor(path: string) {
    super(
      `the path ${JSON.stringify(path)} does not stay on the server and below its prefix; give a path such as /ping`,
    );
  }
}

export interface RequestTarget {
  readonly origin: string;
  /** With the query. */
  readonly path: string;
  /** As it may be shown: user, password, query and fragment may hold secrets. */
  readonly publicUrl: string;
}

/** A path that a URL parser leaves as it is: most are, and parsing costs more than all else that is done to one. */
const PLAIN_PATH = /^(?:\/[\w-]+)+$/;

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
  targetOf(path: string): RequestTarget {
    if (PLAIN_PATH.test(path)) {
      return { origin: this.#origin, path: this.#prefix + path, publicUrl: this.#base + path };
    }
    const url = URL.parse(`${this.#base}/${path.startsWith('/') ? path.slice(1) : path}`);
    const within = url?.origin === this.#origin && url.pathname.startsWith(`${this.#prefix}/`);
    if (url === null || !within || /^[a-z][a-z0-9+.-]*:\/\//i.test(path)) throw new PathOutsideServer(path);
    return { origin: url.origin, path: url.pathname + url.search, publicUrl: url.origin + url.pathname };
  }
}
