import { findJsonFault, SwitchyardError } from '@switchyard/core';
import type { FastifyInstance } from 'fastify';

/** The body is no JSON, or tries to change the prototype of our objects. */
export class MalformedJson extends SwitchyardError {
  constructor(where: string) {
    super('malformed_json', 'invalid', `the body is not valid JSON${where}`);
  }
}

/** A compressed body, which would have to be bounded by what it unpacks to. */
export class EncodingUnsupported extends SwitchyardError {
  constructor(encoding: string) {
    super(
      'encoding_unsupported',
      'invalid',
      `bodies with Content-Encoding "${encoding.slice(0, 40)}" are not taken; send the JSON as it is`,
    );
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
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      done(new EncodingUnsupported(encoding));
      return;
    }
    const body = decode(bytes);
    if (body === null) {
      done(new MalformedJson(': its bytes are not UTF-8'));
      return;
    }
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

/** JSON is UTF-8 (RFC 8259, section 8.1), whatever charset is claimed; null when the bytes are not. */
function decode(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
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
