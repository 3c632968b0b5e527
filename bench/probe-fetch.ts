// The bare loop of bench/probe.ts: `fetch`, JSON, an array in memory; nothing is checked, repeated or stored.
import { isJsonObject } from '@switchyard/core';
import { closedLoop } from './benchmark.ts';

const [url = '', key = '', turns = '1', count = '0', atOnce = '1'] = process.argv.slice(2);

const startedAt = performance.now();
const kept: unknown[] = [];
await closedLoop(Number(count), Number(atOnce), async (index) => {
  const messages: { role: string; content: string }[] = [];
  for (let turn = 0; turn < Number(turns); turn += 1) {
    messages.push({ role: 'user', content: `What is in box ${index}, turn ${turn}?` });
    const response = await fetch(`${url}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'gpt-4o', max_tokens: 100, messages }),
    });
    messages.push({ role: 'assistant', content: contentOf(await response.json()) });
  }
  kept.push(messages);
});
process.send?.({ seconds: (performance.now() - startedAt) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 });
process.disconnect();

function contentOf(body: unknown): string {
  const choices: unknown = isJsonObject(body) ? body['choices'] : undefined;
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const message = isJsonObject(choice) ? choice['message'] : undefined;
  const content = message !== undefined && isJsonObject(message) ? message['content'] : undefined;
  return typeof content === 'string' ? content : '';
}
