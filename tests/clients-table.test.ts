import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConfig } from '@switchyard/core';
import { expect, test } from 'vitest';

/** A row of the table of settings: `name` …, `VARIABLE`, default. */
const ROW = /^\| `(\w+)`[^|]*\| `(SWITCHYARD_TRACE_\w+)` \| (.+) \|$/gm;

const apiUrl = 'https://collector.test';

/** As the table writes it. */
function written(value: string | number | readonly number[] | undefined): string {
  if (value === undefined) return 'none';
  if (typeof value !== 'object') return String(value);
  const [first, ...others] = value;
  return `${first},${others[0]}-${others.at(-1)}`;
}

test('docs/clients.md has every setting of the trace clients with its variable and default', () => {
  const text = readFileSync(join(import.meta.dirname, '..', 'docs', 'clients.md'), 'utf8');
  const rows = [...text.matchAll(ROW)].map(([, name = '', variable = '', byDefault = '']) => ({
    name,
    variable,
    byDefault: byDefault.replaceAll('`', ''),
  }));
  const defaults: Record<string, Parameters<typeof written>[0]> = {
    ...createConfig({ apiUrl }, {}),
    apiUrl: undefined,
  };
  expect(rows.map(({ name }) => name).toSorted()).toEqual([...Object.keys(defaults), 'apiToken'].toSorted());
  for (const { name, variable, byDefault } of rows) {
    expect(variable).toBe(`SWITCHYARD_TRACE_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`);
    expect(byDefault).toBe(name === 'apiUrl' ? 'needed' : written(defaults[name]));
  }
});
