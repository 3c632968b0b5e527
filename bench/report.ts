/** docs/benchmarks.md: a section for each benchmark between its markers, replaced when it is run again. */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Benchmark, Table } from './benchmark.ts';

const FILE = join(import.meta.dirname, '..', 'docs', 'benchmarks.md');
const HEAD = `# Benchmarks

Written by \`npm run bench\` (or \`npm run bench -- NAME…\`). Each table stands beside what a user would pick instead,
measured in the same run on the same machine. Read ratios rather than single figures: machines differ, and drift.
`;

export function markdownTable({ columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map((_column, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)].join(
    '\n',
  );
}

export function writeSection(benchmark: Benchmark, table: Table, now = new Date()): void {
  const begin = `<!-- ${benchmark.name} -->`;
  const end = `<!-- /${benchmark.name} -->`;
  const section = `${begin}
## ${benchmark.title}

${benchmark.about}

${markdownTable(table)}

${now.toISOString().slice(0, 10)}, ${machine()}
${end}`;
  const text = read();
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  const next =
    from >= 0 && to > from ? text.slice(0, from) + section + text.slice(to + end.length) : `${text}\n${section}\n`;
  writeFileSync(FILE, next);
}

function read(): string {
  try {
    return readFileSync(FILE, 'utf8');
  } catch {
    return HEAD;
  }
}

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memoryGb = Math.round(totalmem() / 1024 ** 3);
  return `${availableParallelism()} cores (${model}), ${memoryGb} GB, ${process.platform}, Node ${process.versions.node}`;
}
