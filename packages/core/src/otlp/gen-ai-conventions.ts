/**
 * The names of facts about calls of models, agents and tools: the one table, pinned to one version of the conventions.
 *
 * Source: OpenTelemetry semantic conventions 1.37.0, generative AI spans (status: development)
 * (https://github.com/open-telemetry/semantic-conventions/blob/v1.37.0/docs/gen-ai/gen-ai-spans.md, and gen-ai-agent-spans.md
 * beside it). A test compares the names with `@opentelemetry/semantic-conventions` 1.37.0, which is generated from the same model.
 */
import type { JsonObject } from '../json.ts';

export const GEN_AI_CONVENTIONS_VERSION = '1.37.0';
export const GEN_AI_SCHEMA_URL = `https://opentelemetry.io/schemas/${GEN_AI_CONVENTIONS_VERSION}`;

/** What a call of a model, an agent or a tool can say about itself. */
export interface GenAiFacts {
  /** `chat`, `text_completion`, `generate_content`, `embeddings`, `execute_tool`, `invoke_agent`, `create_agent`. */
  readonly operation?: string | undefined;
  /** `openai`, `anthropic`, `gcp.gemini`, `x_ai`, `deepseek`, `mistral_ai`. */
  readonly provider?: string | undefined;
  readonly requestModel?: string | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly seed?: number | undefined;
  /** How many answers were asked for, where it is not one. */
  readonly choiceCount?: number | undefined;
  readonly stopSequences?: readonly string[] | undefined;
  /** What was asked for: `text`, `json`, `image`, `speech`. */
  readonly outputType?: string | undefined;
  /** The model that answered, where the provider names it; never the requested one by assumption. */
  readonly responseModel?: string | undefined;
  readonly responseId?: string | undefined;
  readonly finishReasons?: readonly string[] | undefined;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly conversationId?: string | undefined;
  readonly agentId?: string | undefined;
  readonly agentName?: string | undefined;
  readonly agentDescription?: string | undefined;
  readonly toolName?: string | undefined;
  readonly toolDescription?: string | undefined;
  readonly toolCallId?: string | undefined;
  /** `function`, `extension`, `datastore`. */
  readonly toolType?: string | undefined;
}

export const GEN_AI_ATTRIBUTES: Readonly<Record<keyof GenAiFacts, string>> = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  temperature: 'gen_ai.request.temperature',
  topP: 'gen_ai.request.top_p',
  topK: 'gen_ai.request.top_k',
  frequencyPenalty: 'gen_ai.request.frequency_penalty',
  presencePenalty: 'gen_ai.request.presence_penalty',
  maxTokens: 'gen_ai.request.max_tokens',
  seed: 'gen_ai.request.seed',
  choiceCount: 'gen_ai.request.choice.count',
  stopSequences: 'gen_ai.request.stop_sequences',
  outputType: 'gen_ai.output.type',
  responseModel: 'gen_ai.response.model',
  responseId: 'gen_ai.response.id',
  finishReasons: 'gen_ai.response.finish_reasons',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  conversationId: 'gen_ai.conversation.id',
  agentId: 'gen_ai.agent.id',
  agentName: 'gen_ai.agent.name',
  agentDescription: 'gen_ai.agent.description',
  toolName: 'gen_ai.tool.name',
  toolDescription: 'gen_ai.tool.description',
  toolCallId: 'gen_ai.tool.call.id',
  toolType: 'gen_ai.tool.type',
};

/** Numbers that are doubles by the conventions, also where they are whole. */
export const GEN_AI_DOUBLES: ReadonlySet<string> = new Set([
  GEN_AI_ATTRIBUTES.temperature,
  GEN_AI_ATTRIBUTES.topP,
  GEN_AI_ATTRIBUTES.topK,
  GEN_AI_ATTRIBUTES.frequencyPenalty,
  GEN_AI_ATTRIBUTES.presencePenalty,
]);

/**
 * Operations whose span is a call over the network: kind CLIENT, by the conventions. `invoke_agent` is one only where the
 * agent runs elsewhere, which its name does not tell; `execute_tool` never is.
 */
export const GEN_AI_CLIENT_OPERATIONS: ReadonlySet<string> = new Set([
  'chat',
  'text_completion',
  'generate_content',
  'embeddings',
  'create_agent',
]);

/** The facts under their conventional names, for `span.setAttributes`. What is not known is left out. */
export function genAiAttributes(facts: GenAiFacts): JsonObject {
  const attributes: [string, JsonObject[string]][] = [];
  for (const [fact, name] of Object.entries(GEN_AI_ATTRIBUTES)) {
    const value: unknown = Reflect.get(facts, fact);
    if (typeof value === 'string' || typeof value === 'number') attributes.push([name, value]);
    else if (Array.isArray(value)) attributes.push([name, value.map(String)]);
  }
  return Object.fromEntries(attributes);
}
