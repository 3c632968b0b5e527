import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { describe, expect, it } from 'vitest';
import workspace from '../../../../package.json' with { type: 'json' };
import {
  GEN_AI_ATTRIBUTES,
  GEN_AI_CLIENT_OPERATIONS,
  GEN_AI_CONVENTIONS_VERSION,
  genAiAttributes,
} from '../../src/otlp/gen-ai-conventions.ts';
import { encodeSpan } from '../../src/otlp/otlp-json.ts';

/** The published names, or values, whose constant begins so. */
function publishedAs(prefix: string): Set<unknown> {
  return new Set(
    Object.entries(conventions)
      .filter(([name]) => name.startsWith(prefix))
      .map(([, value]) => value),
  );
}

describe('the table of names', () => {
  it('is of the published version, and every name of it is there', () => {
    expect(workspace.devDependencies['@opentelemetry/semantic-conventions']).toBe(GEN_AI_CONVENTIONS_VERSION);
    const names = publishedAs('ATTR_GEN_AI_');
    expect(names.size).toBeGreaterThan(30);
    expect(Object.values(GEN_AI_ATTRIBUTES).filter((name) => !names.has(name))).toEqual([]);
  });

  it('has no deprecated name, and each name once', () => {
    const deprecated = [
      'gen_ai.system',
      'gen_ai.usage.prompt_tokens',
      'gen_ai.usage.completion_tokens',
      'gen_ai.prompt',
    ];
    const names = Object.values(GEN_AI_ATTRIBUTES);
    expect(names.filter((name) => deprecated.includes(name) || name.startsWith('gen_ai.openai.'))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('counts published operations as calls over the network', () => {
    const operations = publishedAs('GEN_AI_OPERATION_NAME_VALUE_');
    expect([...GEN_AI_CLIENT_OPERATIONS].filter((operation) => !operations.has(operation))).toEqual([]);
    expect(GEN_AI_CLIENT_OPERATIONS.has(conventions.GEN_AI_OPERATION_NAME_VALUE_EXECUTE_TOOL)).toBe(false);
  });
});

it('numbers go out as the type that the conventions give them', () => {
  const attributes = genAiAttributes({ temperature: 1, topP: 0.5, maxTokens: 100, inputTokens: 7 });
  const span = { traceId: 'a', spanId: 'b', parentSpanId: null, name: 'chat m', startTime: 0, endTime: 1 } as const;
  const encoded = encodeSpan({ ...span, status: 'complete', attributes });
  expect(encoded['attributes']).toEqual([
    { key: 'gen_ai.request.temperature', value: { doubleValue: 1 } },
    { key: 'gen_ai.request.top_p', value: { doubleValue: 0.5 } },
    { key: 'gen_ai.request.max_tokens', value: { intValue: '100' } },
    { key: 'gen_ai.usage.input_tokens', value: { intValue: '7' } },
  ]);
});
