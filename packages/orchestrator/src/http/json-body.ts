import { SwitchyardError } from '@switchyard/core';
import type { FastifyInstance } from 'fastify';
import { findJsonFault } from './json-fault.ts';

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
  // Fastify takes plain text too, which any web page may send without asking.
  server.removeContentTypeParser('text/plain');
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

function placeOfFault(body: string): string {
  try {
    JSON.parse(body);
    return ': it sets __proto__ or constructor.prototype';
  } catch {
    const place = findJsonFault(body);
    return place === null ? ': it ends too early' : ` at line ${place.line}, column ${place.column}`;
  }
}
