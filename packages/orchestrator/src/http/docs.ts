/** The page of the API and the document behind it, both made from the schemas of the routes. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';

export async function addDocs(server: FastifyInstance, version: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Switchyard', version, description: 'Hands off AI work and always brings the result back.' },
      tags: [{ name: 'tasks' }, { name: 'arms' }, { name: 'greenlight' }, { name: 'system' }],
    },
    transform: (document) => {
      const { schema, url } = jsonSchemaTransform(document);
      return { schema: corrected(schema), url };
    },
  });
  await server.register(swaggerUi, { routePrefix: '/docs' });
  server.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger());
}

function corrected(schema: FastifySchema): FastifySchema {
  const copy: FastifySchema = { ...schema };
  for (const part of ['body', 'querystring', 'params'] as const) {
    if (schema[part] !== undefined) copy[part] = selfContained(schema[part]);
  }
  if (typeof schema.response === 'object' && schema.response !== null) {
    copy.response = Object.fromEntries(
      Object.entries(schema.response).map(([status, answer]: [string, unknown]) => [
        status,
        withMediaType(selfContained(answer)),
      ]),
    );
  }
  return copy;
}

/** A JSON value of any kind refers to itself, by a name that the conversion does not define; the empty schema says the same. */
const UNDEFINED_REFERENCE = /^#\/components\/schemas\/schema\d+$/;

/** Without references to what is not in the document, and open to the fields that an answer may gain. */
function selfContained(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(selfContained);
  if (typeof value !== 'object' || value === null) return value;
  const entries: [string, unknown][] = Object.entries(value);
  if (entries.some(([key, inner]) => key === '$ref' && UNDEFINED_REFERENCE.test(String(inner)))) return {};
  return Object.fromEntries(
    entries
      .filter(([key, inner]) => !(key === 'additionalProperties' && inner === false))
      .map(([key, inner]) => [key, selfContained(inner)]),
  );
}

/** Errors have a media type of their own; it is the request id that tells them from other answers. */
function withMediaType(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || !('properties' in answer)) return answer;
  const { properties } = answer;
  if (typeof properties !== 'object' || properties === null || !('request_id' in properties)) return answer;
  return { description: 'Why not (RFC 9457)', content: { 'application/problem+json': { schema: answer } } };
}
