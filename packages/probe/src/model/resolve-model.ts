import { PROVIDER_IDS } from '../providers/provider-table.ts';
import { ProviderUnsupported, ScriptNotFound } from './errors.ts';
import type { Model } from './port.ts';
import { DEFAULT_SCRIPT, type Script } from './script.ts';
import { type ScriptedModelOptions, scriptedModel } from './scripted.ts';

export interface ModelSources {
  /** What plain `scripted` says; default: that it is scripted. */
  readonly script?: Script;
  /** Scripts by the name after `scripted:`. Default none. */
  readonly scripts?: ReadonlyMap<string, Script>;
  readonly sleep?: ScriptedModelOptions['sleep'];
}

const SCRIPTED = 'scripted';

/**
 * The model that an id names: `scripted`, or `scripted:NAME` for a configured script.
 *
 * @throws ScriptNotFound for an unknown name
 * @throws ProviderUnsupported for every other id
 */
export function resolveModel(id: string, sources: ModelSources = {}): Model {
  const options = { id, ...(sources.sleep && { sleep: sources.sleep }) };
  if (id === SCRIPTED) return scriptedModel(sources.script ?? DEFAULT_SCRIPT, options);
  if (!id.startsWith(`${SCRIPTED}:`)) throw new ProviderUnsupported(id, PROVIDER_IDS);
  const name = id.slice(SCRIPTED.length + 1);
  const script = sources.scripts?.get(name);
  if (!script) throw new ScriptNotFound(name, [...(sources.scripts?.keys() ?? [])]);
  return scriptedModel(script, options);
}
