import type { Finding } from '../screen-findings.ts';
import { printableLine, shortLine } from './printable.ts';
import type { Style } from './style.ts';

/** Whoever needs more of them wants --json. */
const MOST_SHOWN = 100;
/** Columns taken by the line number and its bar. */
const GUTTER = 8;

export interface Screening {
  /** Of the file. */
  readonly name: string;
  readonly text: string;
  readonly findings: readonly Finding[];
  /** True when there were more findings than a verdict lists. */
  readonly truncated: boolean;
}

/** Each finding with its place, then the line that it stands in with the finding marked; at the end what it comes to. */
export function renderScreening({ name, text, findings, truncated }: Screening, style: Style): string {
  if (findings.length === 0) return `${style.tick} ${printableLine(name)}: nothing found`;
  const lines = findings
    .slice(0, MOST_SHOWN)
    .flatMap((finding) => [
      headOf(finding, name, style),
      `${style.color.dim(`${String(finding.line).padStart(GUTTER - 3)} |`)} ${marked(text, finding, style)}`,
      '',
    ]);
  const hidden = findings.length - MOST_SHOWN;
  if (hidden > 0) lines.push(style.color.dim(`and ${hidden} more: --json lists them all`), '');
  if (truncated) lines.push(style.color.dim('there are more of a kind than are ever listed'), '');
  return [...lines, summaryOf(findings, style)].join('\n');
}

function headOf(finding: Finding, name: string, style: Style): string {
  const { line, column, blocks } = finding;
  const paint = blocks ? style.color.red : style.color.yellow;
  const what = `${typeOf(finding)}${finding.kind === 'injection' ? ` (${finding.severity})` : ''}`;
  const said = blocks ? 'blocks' : 'reported';
  const circumstances = finding.kind === 'injection' ? circumstancesOf(finding.context_analysis) : '';
  return `${style.color.bold(`${printableLine(name)}:${line}:${column}`)}  ${paint(what)}  ${said}${style.color.dim(circumstances)}`;
}

function circumstancesOf(context: { readonly [name: string]: boolean } | object): string {
  const names = Object.entries(context).flatMap(([key, holds]) => (holds === true ? [key.replace('is_', '')] : []));
  return names.length === 0 ? '' : `  said as: ${names.join(', ')}`;
}

/** The finding between what stands around it in its line, cut to the width there is. */
function marked(text: string, { position, length, blocks }: Finding, style: Style): string {
  const room = style.width - GUTTER;
  const found = shortLine(text.slice(position, position + length), Math.floor(room / 2));
  const side = Math.max(4, Math.floor((room - found.length) / 2) - 2);
  const lineStart = text.lastIndexOf('\n', position - 1) + 1;
  const lineEnd = text.indexOf('\n', position + length);
  const before = printableLine(text.slice(position === 0 ? 0 : lineStart, position).slice(-4 * side));
  const after = printableLine(text.slice(position + length, lineEnd < 0 ? text.length : lineEnd).trimEnd());
  const start =
    Array.from(before).length > side
      ? `…${Array.from(before)
          .slice(1 - side)
          .join('')}`
      : before;
  return `${start}${mark(found, blocks, style)}${shortLine(after, side)}`;
}

/** By colour where there is any, else by brackets. */
function mark(found: string, blocks: boolean, style: Style): string {
  const { color } = style;
  if (color.isColorSupported) return color.bold(color.underline(blocks ? color.red(found) : color.yellow(found)));
  return style.unicode ? `⟦${found}⟧` : `>>${found}<<`;
}

function summaryOf(findings: readonly Finding[], style: Style): string {
  const blocking = findings.filter(({ blocks }) => blocks);
  const counts = new Map<string, number>();
  for (const finding of findings) counts.set(typeOf(finding), (counts.get(typeOf(finding)) ?? 0) + 1);
  const kinds = [...counts].map(([type, count]) => `${count} × ${type}`).join(', ');
  if (blocking.length === 0) return `${style.tick} passes, with ${kinds}`;
  return `${style.cross} blocked by ${blocking.length} of ${findings.length}: ${kinds}`;
}

function typeOf(finding: Finding): string {
  return finding.kind === 'pii' ? finding.pii_type : finding.injection_type;
}
