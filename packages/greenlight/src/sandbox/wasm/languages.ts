import type { Language } from '../port.ts';

/** What the wasm driver runs. */
export const WASM_LANGUAGES = [
  'python',
  'javascript',
  'typescript',
  'bash',
  'sql',
] as const satisfies readonly Language[];
/** Parked from the start; the others once somebody has asked for them. */
export const USUAL_LANGUAGES: readonly WasmLanguage[] = ['python', 'javascript'];

export type WasmLanguage = (typeof WASM_LANGUAGES)[number];

export function isWasmLanguage(language: Language): language is WasmLanguage {
  return WASM_LANGUAGES.some((known) => known === language);
}
