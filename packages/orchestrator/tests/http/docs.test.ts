import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ArmContract } from '../../src/ports/arm.ts';
import { createHandDrivenArm } from '../../testing/index.ts';
import { call, openServer } from './open-server.ts';

const operationSchema = z.looseObject({
  summary: z.string(),
  requestBody: z.looseObject({ content: z.record(z.string(), z.unknown()) }).optional(),
  responses: z.record(z.string(), z.looseObject({ description: z.string() })),
});
const documentSchema = z.looseObject({
  openapi: z.string(),
  info: z.object({ title: z.string(), version: z.string(), description: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
});

describe('GET /openapi.json', () => {
  it('is an OpenAPI 3.1 document with every route', async () => {
    const server = await openServer();
    const answer = await call(server, '/openapi.json');
    expect(answer.status).toBe(200);
    const document = documentSchema.parse(answer.json);
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(document.info.version).toBe('1.2.3');
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(routes.sort()).toEqual([
      'delete /schedules/{name}',
      'get /arms',
      'get /health',
      'get /metrics',
      'get /ready',
      'get /schedules',
      'get /schedules/{name}',
      'get /schedules/{name}/ticks',
      'get /tasks',
      'get /tasks/{task_id}',
      'get /tasks/{task_id}/events',
      'get /tasks/{task_id}/transcript',
      'patch /schedules/{name}',
      'post /process',
      'post /schedules',
      'post /schedules/{name}/run',
      'post /submit',
      'post /submit/batch',
      'post /tasks/retry',
      'post /tasks/{task_id}/cancel',
      'post /tasks/{task_id}/retry',
    ]);
    expect(Object.keys(document.paths['/submit']?.['post']?.responses ?? {})).toEqual([
      '202',
      '400',
      '409',
      '413',
      '422',
      '503',
    ]);
  });

  it('refers only to what it holds', async () => {
    const server = await openServer();
    const { json, text } = await call(server, '/openapi.json');
    for (const [, reference = ''] of text.matchAll(/"\$ref":"([^"]+)"/g)) {
      expect([reference, resolve(json, reference)]).not.toEqual([reference, undefined]);
    }
  });

  it('tells errors as problem+json', async () => {
    const server = await openServer();
    const { paths } = documentSchema.parse((await call(server, '/openapi.json')).json);
    for (const status of ['400', '409', '422', '503']) {
      expect(paths['/submit']?.['post']?.responses[status]).toMatchObject({
        content: { 'application/problem+json': { schema: { properties: { code: { type: 'string' } } } } },
      });
    }
    expect(paths['/ready']?.['get']?.responses['503']).toHaveProperty(['content', 'application/json']);
  });

  it('leaves answers open to further fields', async () => {
    const server = await openServer();
    expect((await call(server, '/openapi.json')).text).not.toContain('"additionalProperties":false');
  });

  it('asks of a submission only its goal, and tells its bounds', async () => {
    const server = await openServer();
    const { json } = await call(server, '/openapi.json');
    const body = resolve(json, '#/paths/~1submit/post/requestBody/content/application~1json/schema');
    expect(body).toEqual({ $ref: '#/components/schemas/TaskInput' });
    expect(resolve(json, '#/components/schemas/TaskInput')).toEqual({
      oneOf: [{ $ref: '#/components/schemas/Task.generalist' }, { $ref: '#/components/schemas/Task.test' }],
    });
    expect(resolve(json, '#/components/schemas/TaskFields')).toMatchObject({
      required: ['goal'],
      properties: {
        subtasks: { items: body },
        goal: { maxLength: 10_000 },
        max_attempts: { minimum: 1, maximum: 20, default: 3 },
      },
    });
  });
});

describe('the inputs of arms in the document', () => {
  const RESIZE = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://example.org/resize',
    type: 'object',
    required: ['size'],
    properties: {
      size: { $ref: '#/$defs/size' },
      // A field of that name, and data that looks like a reference.
      default: { $ref: 'https://example.org/resize#/$defs/size' },
      like: { const: { $ref: '#/nowhere' } },
      inner: { $ref: '#' },
    },
    $defs: { size: { type: 'integer', minimum: 1 } },
  };
  const resize: ArmContract = {
    ...createHandDrivenArm(),
    ...{ name: 'resize-2', inputSchema: RESIZE, checkInput: (input) => (input === null ? [WRONG] : []) },
  };
  const WRONG = { pointer: '', detail: 'must be an object' };

  it('are named, whole, and asked for in a task of their arm', async () => {
    const server = await openServer({ arms: [resize] });
    const { json } = await call(server, '/openapi.json');
    const size = { $ref: '#/components/schemas/ArmInput.resize-2/$defs/size' };
    expect(resolve(json, '#/components/schemas/ArmInput.resize-2')).toEqual({
      type: 'object',
      required: ['size'],
      properties: {
        ...{ size, default: size, like: { const: { $ref: '#/nowhere' } } },
        inner: { $ref: '#/components/schemas/ArmInput.resize-2' },
      },
      $defs: { size: { type: 'integer', minimum: 1 } },
    });
    expect(resolve(json, size.$ref)).toEqual({ type: 'integer', minimum: 1 });
    expect(resolve(json, '#/components/schemas/ArmInput.test')).toBeUndefined();
  });

  it('say of a task what the server says', async () => {
    const server = await openServer({ arms: [resize] });
    const { json } = await call(server, '/openapi.json');
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ ...z.looseObject({}).parse(json), $id: 'document' });
    const fits = ajv.compile({ $ref: 'document#/components/schemas/TaskInput' });
    const of = (more: object): object => ({ goal: 'do it', assigned_arm: 'resize-2', ...more });
    const tasks: [object, boolean][] = [
      [{ goal: 'do it' }, true],
      [{ goal: 'do it', assigned_arm: null, input: 7 }, true],
      [{ goal: 'do it', assigned_arm: 'test' }, true],
      [{ goal: 'do it', assigned_arm: 'nobody' }, false],
      [{ assigned_arm: 'test' }, false],
      [of({ input: { size: 3 } }), true],
      [of({}), false],
      [of({ input: { size: 0 } }), false],
      // The input of a parent is its reducer's.
      [of({ subtasks: [of({ input: { size: 1 } })] }), true],
      [of({ subtasks: [of({ input: { size: 'x' } })] }), false],
    ];
    for (const [task, expected] of tasks) expect([task, fits(task)]).toEqual([task, expected]);
  });

  it('follow the arms as they are now', async () => {
    const server = await openServer();
    const names = async (): Promise<string[]> => {
      const { json } = await call(server, '/openapi.json');
      return Object.keys(z.looseObject({}).parse(resolve(json, '#/components/schemas'))).filter((name) =>
        name.includes('resize-2'),
      );
    };
    expect(await names()).toEqual([]);
    server.arms.set('resize-2', resize);
    expect(await names()).toEqual(['Task.resize-2', 'ArmInput.resize-2']);
    expect((await call(server, '/docs/json')).json).toEqual((await call(server, '/openapi.json')).json);
    server.arms.delete('resize-2');
    expect(await names()).toEqual([]);
  });
});

describe('GET /docs', () => {
  it('loads nothing from other hosts', async () => {
    const server = await openServer();
    const page = await call(server, '/docs');
    expect(page.text).toContain('<title>Switchyard</title>');
    expect(page.status).toBe(200);
    const loaded = [...page.text.matchAll(/\b(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);
    expect(loaded.length).toBeGreaterThan(0);
    for (const address of loaded) {
      expect(address).not.toMatch(/^(?:[a-z]+:)?\/\//i);
      const path = new URL(address, `${server.url}/docs`).pathname;
      expect((await call(server, path)).status).toBe(200);
    }
    const initializer = await call(server, '/docs/static/swagger-initializer.js');
    expect(initializer.text).toContain('validatorUrl: null');
    expect(initializer.text).not.toMatch(/https?:\/\/(?!stackoverflow\.com)/);
  });

  it('shows the document of this server', async () => {
    const server = await openServer();
    expect((await call(server, '/docs/json')).json).toEqual((await call(server, '/openapi.json')).json);
  });
});

/** What a JSON Pointer in a `$ref` names. */
function resolve(document: unknown, reference: string): unknown {
  let current = document;
  for (const token of reference.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    current = typeof current === 'object' && current !== null ? Reflect.get(current, key) : undefined;
  }
  return current;
}
