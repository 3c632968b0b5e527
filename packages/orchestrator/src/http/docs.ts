/** The page of the API and the document behind it, both made from the schemas of the routes. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { isJsonObject } from '@switchyard/core';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { DEFAULT_ARM } from '../app/prepare-task.ts';
import { taskRequestSchema } from '../contract/index.ts';
import { type DocumentedArm, withArmSchemas } from './arm-schemas.ts';

/** In place of that of the page's maker. */
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" width="150" height="40"><text y="27" fill="#fff" font-family="sans-serif" font-size="24" font-weight="bold">Switchyard</text></svg>';

/** @param arms live: each reader is told of those that there are then */
export async function addDocs(
  server: FastifyInstance,
  version: string,
  arms: ReadonlyMap<string, DocumentedArm>,
): Promise<void> {
  // A task may hold tasks: what refers to itself needs a name.
  const schemaRegistry = z.registry<{ id: string }>();
  schemaRegistry.add(taskRequestSchema, { id: 'Task' });
  const toJsonSchema = createJsonSchemaTransform({ schemaRegistry });
  const toComponents = createJsonSchemaTransformObject({ schemaRegistry });
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Switchyard', version, description: 'Hands off AI work and always brings the result back.' },
      tags: [{ name: 'tasks' }, { name: 'schedules' }, { name: 'arms' }, { name: 'greenlight' }, { name: 'system' }],
    },
    transform: (document) => {
      const { schema, url } = toJsonSchema(document);
      return { schema: corrected(schema), url };
    },
    transformObject: (document) => withComponents(toComponents(document)),
  });
  const forReader = (document: object): object =>
    isJsonObject(document) ? withArmSchemas(document, arms.values(), DEFAULT_ARM) : document;
  await server.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'Switchyard' },
    logo: { type: 'image/svg+xml', content: LOGO, href: '/docs' },
    transformSpecification: forReader,
    // It is given another document, and never changes this one.
    transformSpecificationClone: false,
  });
  server.get('/openapi.json', { schema: { hide: true } }, async () => forReader(server.swagger()));
}

/** Of the named schemas the ones that are referred to, as self-contained as the others. */
function withComponents<Document extends object>(document: Document): Document {
  if (!('components' in document)) return document;
  const { components } = document;
  const schemas: unknown = isJsonObject(components) ? components['schemas'] : undefined;
  if (!isJsonObject(schemas)) return document;
  const whole = JSON.stringify(document);
  const used = Object.entries(schemas).filter(([name]) => whole.includes(`"#/components/schemas/${name}"`));
  return { ...document, components: { schemas: selfContained(Object.fromEntries(used)) } };
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
const UNDEFINED_REFERENCE = /^#\/components\/schemas\/(schema\d+$|__shared)/;

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
