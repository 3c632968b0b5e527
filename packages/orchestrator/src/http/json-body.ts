import { SwitchyardError } from '@switchyard/core';
import type { FastifyInstance } from 'fastify';

/** The body is no JSON, or tries to change the prototype of our objects. */
export class MalformedJson extends SwitchyardError {
  constructor(where: string) {
    super('malformed_json', 'invalid', `the body is not valid JSON${where}`);
  }
}

/**
 * Fastify's own parser (it refuses `__proto__`), but an empty body is simply no body: clients send the JSON content type
 * with every POST, also where there is nothing to say.
 */
export function addJsonBody(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body.trim() === '') {
      done(null, undefined);
      return;
    }
    void parse(request, body, (error, value) => {
      if (error === null) done(null, value);
      else done(new MalformedJson(placeOfFault(body)));
    });
  });
}

/** Where the text stops being JSON; only the place, since the engine's own words quote the text. */
function placeOfFault(body: string): string {
  try {
    JSON.parse(body);
    return ': it sets __proto__ or constructor.prototype';
  } catch (error) {
    const place = error instanceof Error ? /line (\d+) column (\d+)/.exec(error.message) : null;
    return place === null ? ': it ends too early' : ` at line ${place[1]}, column ${place[2]}`;
  }
}
