import { GreenlightClient } from '@switchyard/greenlight';
import { describe, expect, it } from 'vitest';
import { main } from '../../src/main.ts';
import { fakeIo } from '../support/fake-io.ts';
import { testFolder } from '../support/test-folder.ts';

const PATH = { PATH: process.env['PATH'] ?? '' };

describe('greenlight', { timeout: 90_000 }, () => {
  it('serves the protocol alone, keeps executions, and drains when it is asked to stop', async () => {
    await using folder = await testFolder();
    const io = fakeIo({ cwd: folder.path, env: PATH });
    const running = main(['greenlight', '--port', '0', '--data-dir', 'data', '--log-level', 'warn'], io);
    const url = (await io.saw(/^ready (http:\/\/127\.0\.0\.1:\d+)\n$/))[1] ?? '';
    expect(io.err()).toMatch(/api: the handoff protocol/);
    const atom = {
      atom_id: 'add',
      atom_type: 'code_submission',
      front: '',
      back: 'function add(a, b) { return a + b; }',
      content_json: { language: 'javascript', tests: [{ input: [1, 2], expected: 3 }] },
    };
    await using client = new GreenlightClient(url);
    expect(await client.executeAtom(atom)).toMatchObject({ atom_id: 'add', partial_score: 1 });
    const id = await client.queueAtom(atom);
    expect(await client.pollUntilComplete(id, { pollIntervalSec: 0.05 })).toMatchObject({
      status: 'complete',
      correct: true,
    });
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect((await fetch(`${url}/submit`, { method: 'POST' })).status).toBe(404);
    io.send('SIGTERM');
    expect(await running).toBe(0);
    expect(io.err()).toMatch(/stopped\n$/);
  });
});
