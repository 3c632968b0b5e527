/**
 * `npm run eval:reflex`: scores the screen on the labelled texts in REFLEX_EVAL_DIR, with the scorer that lies beside them, and
 * prints the tables of docs/reflex.md. What the model learned is never judged on what it learned from: by five folds of groups, and once more
 * with each source of attacks left out.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProcess } from '@switchyard/core';
import { detectInjection } from '../src/injection/detect-injection.ts';
import type { LinearModel } from '../src/injection/model/linear-model.ts';
import { screen } from '../src/screen.ts';
import { INJECTION_FILES, type InjectionText, labelFile, PII_FILES, readInjection, readPii } from './data.ts';
import { fit } from './fit.ts';
import { foldOf, ownTexts, type ReadText, readText, unlike } from './samples.ts';

const FOLDS = 5;
const TIME_LIMIT_MS = 60_000;
/** Made from the texts of other sources, so never unseen when one of those is left in. */
const DERIVED = /^(?:obfuscated|synth)/;

const folder = process.env['REFLEX_EVAL_DIR'];
if (folder === undefined || folder === '') {
  console.log('eval:reflex: REFLEX_EVAL_DIR is not set, so there is nothing to score (docs/reflex.md).');
} else {
  const work = mkdtempSync(join(tmpdir(), 'reflex-eval-'));
  try {
    await evaluate(folder, work);
  } finally {
    rmSync(work, { recursive: true });
  }
}

async function evaluate(data: string, work: string): Promise<void> {
  for (const name of PII_FILES) {
    const predictions = readPii(data, name).map(({ id, text }) => ({
      id,
      spans: screen(text, { check_injection: false }).pii.map(({ type, position, length }) => ({
        type,
        start: position,
        end: position + length,
      })),
    }));
    printPii(name, await scored('pii', data, name, predictions, work));
  }
  const files = INJECTION_FILES.map((name) => ({ name, texts: readInjection(data, name) }));
  const all = files.flatMap(({ texts }) => texts);
  const read = all.map(readText);
  const own = ownTexts();
  const models = Array.from({ length: FOLDS }, (_, fold) => {
    const judged = read.filter(({ group }) => foldOf(group, FOLDS) === fold);
    return fit(
      read.filter(({ group }) => foldOf(group, FOLDS) !== fold),
      unlike(own, judged),
    ).model;
  });
  for (const { name, texts } of files) {
    const predictions = texts.map((row) => ({ id: row.id, ...verdictOn(row, models[foldOf(row.group, FOLDS)]) }));
    printInjection(
      `${name}, grouped ${FOLDS}-fold cross-validation`,
      await scored('injection', data, name, predictions, work),
    );
  }
  printLeftOut(read, own);
}

function verdictOn(
  { text }: Pick<InjectionText, 'text'>,
  model: LinearModel | undefined,
): { blocked: boolean; detected: boolean } {
  const { matches } = detectInjection(text, model);
  return { blocked: matches.some(({ severity }) => severity === 'Critical'), detected: matches.length > 0 };
}

/** What the one scorer says of the predictions. */
async function scored(
  kind: 'pii' | 'injection',
  data: string,
  name: string,
  predictions: readonly object[],
  work: string,
): Promise<Record<string, unknown>> {
  const file = join(work, `${name}.jsonl`);
  writeFileSync(file, predictions.map((row) => JSON.stringify(row)).join('\n'));
  const scorer = [join(data, 'score.mjs'), kind, labelFile(data, name), file];
  const result = await runProcess(process.execPath, scorer, { timeLimitMs: TIME_LIMIT_MS });
  if (result.status !== 'exited' || result.exitCode !== 0) throw new Error(`score.mjs: ${result.stderr}`);
  return recordOf(JSON.parse(result.stdout));
}

function recordOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error('score.mjs printed no object');
  return Object.fromEntries(Object.entries(value));
}

function printPii(name: string, scores: Record<string, unknown>): void {
  console.log(
    `\n### ${name}\n\n| type | precision | recall | F1 | found | wrong | missed |\n|---|---|---|---|---|---|---|`,
  );
  const types = { ...recordOf(scores['types']), 'all (micro)': scores['micro'] };
  for (const [type, value] of Object.entries(types)) {
    const { precision, recall, f1, tp, fp, fn } = recordOf(value);
    console.log(`| ${[type, precision, recall, f1, tp, fp, fn].join(' | ')} |`);
  }
  const { flagged, of, rate } = recordOf(scores['cleanTextsFlagged']);
  console.log(`\nTexts without any that were flagged: ${String(flagged)} of ${String(of)} (${percent(rate)})`);
}

function printInjection(name: string, scores: Record<string, unknown>): void {
  console.log(`\n### ${name}\n\n| texts | number | blocked | found |\n|---|---|---|---|`);
  for (const [group, value] of Object.entries(scores)) {
    const { texts, blockedRate, detectedRate } = recordOf(value);
    console.log(`| ${group} | ${String(texts)} | ${percent(blockedRate)} | ${percent(detectedRate)} |`);
  }
}

/** Each source of attacks judged by a model that saw neither it nor any text made from the same one. */
function printLeftOut(all: readonly ReadText[], own: readonly ReadText[]): void {
  const attacks = all.filter(
    ({ label, tier, source }) => label === 'injection' && tier !== 'contextual' && !DERIVED.test(source),
  );
  console.log(
    '\n### Attacks of a source that the model never saw\n\n| source | attacks | blocked | found |\n|---|---|---|---|',
  );
  const sum = { texts: 0, blocked: 0, found: 0 };
  for (const source of new Set(attacks.map((row) => row.source))) {
    const left = attacks.filter((row) => row.source === source);
    const groups = new Set(left.map(({ group }) => group));
    const { model } = fit(
      all.filter((row) => row.source !== source && !groups.has(row.group)),
      unlike(own, left),
    );
    const verdicts = left.map((row) => verdictOn(row, model));
    const [blocked, found] = [verdicts.filter((v) => v.blocked).length, verdicts.filter((v) => v.detected).length];
    sum.texts += left.length;
    sum.blocked += blocked;
    sum.found += found;
    console.log(`| ${source} | ${left.length} | ${percent(blocked / left.length)} | ${percent(found / left.length)} |`);
  }
  console.log(`| all | ${sum.texts} | ${percent(sum.blocked / sum.texts)} | ${percent(sum.found / sum.texts)} |`);
}

function percent(share: unknown): string {
  return `${(Number(share) * 100).toFixed(1)} %`;
}
