/** Reads the labelled texts that REFLEX_EVAL_DIR names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface PiiText {
  readonly id: string;
  readonly text: string;
  readonly source: string;
  readonly spans: readonly { readonly start: number; readonly end: number; readonly type: string }[];
}

export interface InjectionText {
  readonly id: string;
  readonly text: string;
  readonly label: 'injection' | 'benign';
  readonly tier: string;
  readonly source: string;
  readonly lang: string;
  /** Texts made from one another share it, and are learned from together or judged together. */
  readonly group: string;
}

export const PII_FILES = ['pii', 'pii_synth'] as const;
export const INJECTION_FILES = ['injection', 'injection_synth'] as const;

export function labelFile(folder: string, name: string): string {
  return join(folder, `${name}.dev.jsonl.gz`);
}

export function readPii(folder: string, name: string): PiiText[] {
  return rows(folder, name).map((row) => ({
    id: text(row, 'id'),
    text: text(row, 'text'),
    source: text(row, 'source'),
    spans: spansOf(row),
  }));
}

export function readInjection(folder: string, name: string): InjectionText[] {
  return rows(folder, name).map((row) => ({
    id: text(row, 'id'),
    text: text(row, 'text'),
    label: text(row, 'label') === 'injection' ? 'injection' : 'benign',
    tier: text(row, 'tier'),
    source: text(row, 'source'),
    lang: text(row, 'lang'),
    group: text(row, 'group'),
  }));
}

function rows(folder: string, name: string): Record<string, unknown>[] {
  return gunzipSync(readFileSync(labelFile(folder, name)))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Record<string, unknown> => {
      const row: unknown = JSON.parse(line);
      if (!isRecord(row)) throw new Error(`${name}: a line is no object`);
      return row;
    });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(row: Record<string, unknown>, key: string): string {
  const value = row[key];
  if (typeof value !== 'string') throw new Error(`${key} is ${typeof value}, not a string`);
  return value;
}

function spansOf(row: Record<string, unknown>): PiiText['spans'] {
  const { spans } = row;
  if (!Array.isArray(spans)) throw new Error('spans is no list');
  return spans.map((span: unknown) => {
    if (!isRecord(span)) throw new Error('a span is no object');
    return { start: Number(span['start']), end: Number(span['end']), type: text(span, 'type') };
  });
}
