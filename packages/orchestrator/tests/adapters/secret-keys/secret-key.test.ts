import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ensureSecretKeyFile, readSecretKeyFile } from '../../../src/adapters/secret-keys/secret-key.ts';
import { readSecretKeys } from '../../../src/domain/secret-keys.ts';

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'swy-key-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

describe('the key of a data directory', () => {
  it('is made once, for its owner only, and is the same from then on', async () => {
    const folder = join(await scratch(), 'data');
    expect(await readSecretKeyFile(folder)).toBeNull();
    const made = await Promise.all([1, 2, 3, 4].map(() => ensureSecretKeyFile(folder)));
    expect(made[0]?.[0]).toHaveLength(32);
    for (const keys of [...made, await ensureSecretKeyFile(folder), await readSecretKeyFile(folder)]) {
      expect(keys).toEqual(made[0]);
    }
    expect(await readdir(folder)).toEqual(['secret.key']);
    expect((await stat(join(folder, 'secret.key'))).mode & 0o777).toBe(0o600);
  });

  it('is refused when others may read it, or when it is none, without being told', async () => {
    const folder = await scratch();
    await ensureSecretKeyFile(folder);
    const path = join(folder, 'secret.key');
    const key = (await readFile(path, 'utf8')).trim();
    await chmod(path, 0o644);
    await expect(ensureSecretKeyFile(folder)).rejects.toThrow(/others may read it \(mode 644\); chmod 600/);
    await chmod(path, 0o600);
    await writeFile(path, key.slice(0, 20));
    const error: unknown = await readSecretKeyFile(folder).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'secret_key_unusable' });
    expect(String(error)).not.toContain(key.slice(0, 20));
  });

  it('is not made where nothing can be written, and the error says how to give one', async () => {
    const folder = await scratch();
    await writeFile(join(folder, 'file'), '');
    await expect(ensureSecretKeyFile(join(folder, 'file', 'below'))).rejects.toThrow(/SWITCHYARD_SECRET_KEY/);
  });
});

describe('the text of a key', () => {
  const hex = '00ff'.repeat(16);
  it('is read as hexadecimal, base64 and base64url, one or several', () => {
    const bytes = Buffer.from(hex, 'hex');
    for (const text of [hex, hex.toUpperCase(), bytes.toString('base64'), bytes.toString('base64url')]) {
      expect(readSecretKeys(text)?.map((key) => Buffer.from(key).toString('hex'))).toEqual([hex]);
    }
    expect(readSecretKeys(`${hex},\n ${bytes.toString('base64')}\n`)).toHaveLength(2);
  });

  it.each(['', ' , ', 'short', `${hex}00`, `${hex},short`, '!'.repeat(44)])('is refused when it is %j', (text) => {
    expect(readSecretKeys(text)).toBeNull();
  });
});
