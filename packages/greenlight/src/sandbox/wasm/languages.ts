import type { Language } from '../port.ts';

/** What the wasm driver runs. */
export const WASM_LANGUAGES = ['python', 'javascript'] as const satisfies readonly Language[];
export type WasmLanguage = (typeof WASM_LANGUAGES)[number];

export function isWasmLanguage(language: Language): language is WasmLanguage {
  return WASM_LANGUAGES.some((known) => known === language);
}
