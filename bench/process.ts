import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { request } from 'undici';
import { type Benchmark, closedLoop, milliseconds, percentile, wholeNumber } from './benchmark.ts';
import { CLEAN, FULL } from './reflex-texts.ts';

const CHARACTERS = 1_000;
const AT_ONCE = [1, 8];
const CALLS = 3_000;
const WARM_UP = 1_500;

/** What is sent the nth time. */
type TextOf = (index: number) => string;

const TEXTS: readonly (readonly [name: string, textOf: TextOf])[] = [
  ['clean, each another', (index) => `${index} ${cut(CLEAN)}`],
  ['clean, the same again', () => cut(CLEAN)],
  ['full, each another', (index) => `${index} ${cut(FULL)}`],
  ['full, the same again', () => cut(FULL)],
];

export const processRequests: Benchmark = {
  name: 'process',
  title: 'POST /process',
  about: `Requests a second to \`switchyard reflex\` (limits off) in a process of its own on loopback, keep-alive, texts of ${wholeNumber(CHARACTERS)} characters. "each another" is screened, "the same again" comes from the cache. "full" holds some forty findings, which the answer lists with their surroundings, about 7 kB. Beside it a bare \`node:http\` server that parses the body and writes it back.`,
  run: async () => {
    const rows: string[][] = [];
    for (const atOnce of AT_ONCE) {
      rows.push(...(await measure('echo', atOnce, TEXTS.slice(0, 1))), ...(await measure('reflex', atOnce, TEXTS)));
    }
    return { columns: ['at once', 'server', 'text', 'requests /s', 'p50 ms', 'p99 ms'], rows };
  },
};

async function measure(name: 'echo' | 'reflex', atOnce: number, texts: typeof TEXTS): Promise<string[][]> {
  const server = spawn(process.execPath, [join(import.meta.dirname, 'process-server.ts'), name], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const [url] = (await once(createInterface({ input: server.stdout }), 'line')) as unknown[];
    const rows: string[][] = [];
    let sent = 0;
    for (const [text, textOf] of texts) {
      const post = async (): Promise<void> => {
        const { statusCode, body } = await request(`${String(url)}/process`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ text: textOf(sent++) }),
        });
        const answer = await body.text();
        if (statusCode !== 200) throw new Error(`${name} answered ${statusCode}: ${answer}`);
      };
      await closedLoop(WARM_UP, atOnce, post);
      const { perSecond, latencies } = await closedLoop(CALLS, atOnce, post);
      const times = [0.5, 0.99].map((share) => milliseconds(percentile(latencies, share)));
      rows.push([String(atOnce), name, name === 'echo' ? '' : text, wholeNumber(perSecond), ...times]);
    }
    return rows;
  } finally {
    server.stdin.end();
    if (server.exitCode === null) await once(server, 'exit');
  }
}

function cut(seed: string): string {
  return seed.repeat(Math.ceil(CHARACTERS / seed.length)).slice(0, CHARACTERS);
}
