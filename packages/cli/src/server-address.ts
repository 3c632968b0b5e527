/**
 * Where the server of a data directory answers: `<dataDir>/server.json`, written by `up` while it serves. Only a hint that a
 * killed server leaves behind; whoever reads it asks whether anyone answers there.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject } from '@switchyard/core';

const FILE = 'server.json';

export async function writeServerAddress(dataDir: string, url: string): Promise<void> {
  await writeFile(join(dataDir, FILE), `${JSON.stringify({ url })}\n`, { mode: 0o600 });
}

export async function removeServerAddress(dataDir: string): Promise<void> {
  await rm(join(dataDir, FILE), { force: true });
}

/** Null when no server wrote one. */
export async function readServerAddress(dataDir: string): Promise<string | null> {
  try {
    const parsed: unknown = JSON.parse(await readFile(join(dataDir, FILE), 'utf8'));
    return isJsonObject(parsed) && typeof parsed['url'] === 'string' && URL.canParse(parsed['url'])
      ? parsed['url']
      : null;
  } catch {
    return null;
  }
}
