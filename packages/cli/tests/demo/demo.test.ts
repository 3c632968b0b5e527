import { describe, expect, it } from 'vitest';
import { main } from '../../src/main.ts';
import { fakeIo } from '../support/fake-io.ts';
import { parsed } from '../support/json.ts';
import { testFolder } from '../support/test-folder.ts';

const PATH = { PATH: process.env['PATH'] ?? '' };

describe('demo', () => {
  it('shows all that it says, and no value that it refuses', { timeout: 120_000 }, async () => {
    await using folder = await testFolder();
    const io = fakeIo({ cwd: folder.path, env: PATH });
    const code = await main(['demo', '--json'], io);
    const summary = parsed(io.out());
    expect(summary).not.toHaveProperty('checks', expect.arrayContaining([expect.objectContaining({ ok: false })]));
    expect(summary).toHaveProperty('checks.length', 7);
    expect(code).toBe(0);
    expect(io.err()).toMatch(/1\. Grade[^]*2\. Refuse[^]*3\. Answer[^]*4\. Kill[^]*SIGKILL to process \d+/);
    expect(io.out() + io.err()).not.toMatch(/536-90-4399|postgresql:/);
    expect(io.listeners()).toBe(0);
  });

  it('stops everything when it is interrupted', { timeout: 60_000 }, async () => {
    await using folder = await testFolder();
    const io = fakeIo({ cwd: folder.path, env: PATH });
    const running = main(['demo'], io);
    await io.saw(/Ready after/);
    io.send('SIGINT');
    expect(await running).toBe(130);
  });
});
