import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCommandRuntime, type LogLine, spawnWorker } from '../../src/index.ts';
import { INPUT, python, withoutPython } from './with-python.ts';

const GUIDE = join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'workers.md');
/** A block of code that has a file name. */
const EXAMPLE = /^```(?:python|js|sh) (\S+)\n(.*?)^```$/gms;

let folder = '';
const env = { PATH: process.env['PATH'] };
const input = { ...INPUT, scenario: { ...INPUT.scenario, followups: [{ label: 'more', prompt: 'and then?' }] } };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guide-'));
  for (const [, name = '', source = ''] of (await readFile(GUIDE, 'utf8')).matchAll(EXAMPLE)) {
    await writeFile(join(folder, name), source);
  }
});

afterAll(() => rm(folder, { recursive: true }));

describe('an example of docs/workers.md', () => {
  it.skipIf(withoutPython)('in Python holds a conversation', async () => {
    const log: LogLine[] = [];
    const runtime = createCommandRuntime('python', [python ?? '', join(folder, 'worker.py')], {
      env,
      keep: false,
      onLog: (line) => log.push(line),
    });
    const output = await runtime.run(input);
    await runtime.close();
    expect(output).toMatchObject({
      success: true,
      transcript: { turns: [{ targetResponse: `You said: ${INPUT.scenario.prompt}` }] },
    });
    expect(log).toMatchObject([{ level: 'info', context: 'echo', msg: 'answering' }]);
  });

  it('in JavaScript stays and holds many', async () => {
    const runtime = createCommandRuntime('node', [process.execPath, join(folder, 'worker.mjs')], { env, size: 1 });
    for (let round = 0; round < 2; round += 1) {
      expect(await runtime.run(input)).toMatchObject({
        success: true,
        transcript: {
          turns: [{ promptLabel: 'scenario_prompt' }, { promptLabel: 'more', targetResponse: 'AND THEN?' }],
        },
      });
    }
    await runtime.close();
  });

  it('in shell reports its failure', async () => {
    expect(await spawnWorker(['sh', join(folder, 'worker.sh')], input, { env })).toEqual({
      success: false,
      error: { message: 'no model today', code: 'SERVER_ERROR' },
    });
  });
});
