import { statSync } from 'node:fs';
import { fileTrouble, programTrouble } from '@switchyard/core';
import type { Config } from '@switchyard/orchestrator';
import { type Check, failed, ok } from './check.ts';

/** Whether what the configured arms run is there: programs and modules. Nothing where none of them runs any. */
export function checkArms(arms: Config['arms'], env: { readonly [name: string]: string | undefined }): Check[] {
  const looked = Object.entries(arms).flatMap(([name, settings]) => {
    if (settings.type === 'process') {
      const place = { cwd: settings.cwd, path: env['PATH'] };
      return [{ name, trouble: programTrouble(settings.command[0] ?? '', place) }];
    }
    // Any other name is that of a package.
    if (settings.type === 'module' && settings.module.startsWith('/')) {
      return [{ name, trouble: moduleTrouble(settings.module) }];
    }
    return [];
  });
  if (looked.length === 0) return [];
  const missing = looked.flatMap(({ name, trouble }) => (trouble === null ? [] : [`${name}: ${trouble}`]));
  if (missing.length === 0) return [ok('arms', `what they run is there: ${looked.map(({ name }) => name).join(', ')}`)];
  return [failed('arms', missing.join('\n'), 'install it, or correct the arm in switchyard.config.json')];
}

function moduleTrouble(path: string): string | null {
  try {
    statSync(path);
    return null;
  } catch (error) {
    return `${path}: ${fileTrouble(error)}`;
  }
}
