import type { Screen, Screened } from '../src/ports/screen.ts';

/** A screen that finds nothing unless told otherwise. */
export function createHandDrivenScreen(answer: Screen['screen'] = async () => CLEAN): Screen {
  return { description: 'by hand', screen: answer, problem: async () => null };
}

const CLEAN: Screened = { blocked: false, findings: [], redact: [] };
