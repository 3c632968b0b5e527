import type { Clock } from '@switchyard/core';
import type { Dispatcher } from 'undici';
import { type CallGate, createCallGate } from '../calls/call-gate.ts';
import { laneKey } from '../calls/lane-key.ts';
import { type Repeat, type RetryPolicy, retryingModel } from '../calls/retrying-model.ts';
import { baseUrlOf } from '../providers/base-url.ts';
import { parseModelId } from '../providers/model-id.ts';
import { createProviderFetch } from '../providers/provider-fetch.ts';
import { type Provider, providerOf } from '../providers/provider-table.ts';
import { quirksOf } from '../providers/quirks.ts';
import { sdkLanguageModel } from '../providers/sdk-language-model.ts';
import { sdkModel } from '../providers/sdk-model.ts';
import type { ModelConfig } from '../worker-contract/input.ts';
import { ApiKeyMissing, ScriptNotFound } from './errors.ts';
import type { Model } from './port.ts';
import { DEFAULT_SCRIPT, type Script } from './script.ts';
import { type ScriptedModelOptions, scriptedModel } from './scripted.ts';

/** Where models come from, and what they share. */
export interface ModelSources {
  /** What plain `scripted` says; default: that it is scripted. */
  readonly script?: Script;
  /** Scripts by the name after `scripted:`. Default none. */
  readonly scripts?: ReadonlyMap<string, Script>;
  /** Keys and addresses by their variables. Default none: every provider then lacks its key. */
  readonly env?: { readonly [variable: string]: string | undefined };
  /** What all calls pass; give one to all models. Default: one of this model's own. */
  readonly gate?: CallGate;
  readonly retry?: RetryPolicy;
  /** Told of each call that is made again. Default: nobody is. */
  readonly onRepeat?: (repeat: Repeat) => void;
  /** Overrides the quirk table for this model. */
  readonly modelConfig?: ModelConfig;
  /** Connections. Default undici's own. */
  readonly dispatcher?: Dispatcher;
  readonly clock?: Clock;
  /** Milliseconds since 1970, for headers that name a time. Default Date.now. */
  readonly today?: () => number;
  readonly random?: () => number;
  readonly sleep?: NonNullable<ScriptedModelOptions['sleep']>;
}

const SCRIPTED = 'scripted';

/**
 * The model that an id names: `scripted`, `scripted:NAME` for a configured script, `PROVIDER:MODEL`, or a model that the table
 * of providers knows. Nothing is called yet.
 *
 * @throws ScriptNotFound, ProviderUnsupported, ApiKeyMissing, ProviderAddressInvalid, ProviderAddressMissing
 */
export function resolveModel(id: string, sources: ModelSources = {}): Model {
  if (id === SCRIPTED || id.startsWith(`${SCRIPTED}:`)) return resolveScript(id, sources);
  const { env = {}, today = Date.now } = sources;
  const name = parseModelId(id);
  const provider = providerOf(name.provider);
  const apiKey = keyOf(provider, env);
  const baseURL = baseUrlOf(provider, env[provider.baseUrlVariable]);
  const fetch = createProviderFetch(provider, sources.dispatcher);
  const once = sdkModel({
    id,
    name,
    provider,
    quirks: quirksOf(name, sources.modelConfig),
    secrets: [apiKey],
    today,
    load: () => sdkLanguageModel(name, { apiKey, baseURL, fetch }),
  });
  const lane = (sources.gate ?? createCallGate()).lane(laneKey(provider, baseURL, apiKey));
  return retryingModel(once, lane, sources.retry, sources);
}

function resolveScript(id: string, sources: ModelSources): Model {
  const options = { id, ...(sources.sleep && { sleep: sources.sleep }) };
  if (id === SCRIPTED) return scriptedModel(sources.script ?? DEFAULT_SCRIPT, options);
  const name = id.slice(SCRIPTED.length + 1);
  const script = sources.scripts?.get(name);
  if (!script) throw new ScriptNotFound(name, [...(sources.scripts?.keys() ?? [])]);
  return scriptedModel(script, options);
}

/** A key with white space around it was pasted so. */
function keyOf({ keyVariable, keyOptional, title }: Provider, env: NonNullable<ModelSources['env']>): string {
  const key = env[keyVariable]?.trim() ?? '';
  if (key === '' && !keyOptional) throw new ApiKeyMissing(title, keyVariable);
  return key;
}
