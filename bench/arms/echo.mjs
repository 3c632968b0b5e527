// An arm that answers at once: as a module, as a program, and as a program that is kept.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const answer = (line) => {
  const { id } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify({ id, success: true, result: { done: true } })}\n`);
};

export default () => ({ done: true });

if (process.argv[2] === 'program') {
  if (process.argv.at(-1) === '--serve') createInterface({ input: process.stdin }).on('line', answer);
  else answer(readFileSync(0, 'utf8'));
}
