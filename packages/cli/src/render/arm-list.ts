import type { ArmView } from '@switchyard/orchestrator/contract';
import { hanging } from './hanging.ts';
import { printableLine } from './printable.ts';
import type { Style } from './style.ts';
import { fitsAsTable, renderTable } from './table.ts';

/** Remarks in less are a column of single words. */
const NARROWEST_REMARKS = 16;
const INDENT = '    ';

const COLUMNS = [
  { head: 'arm' },
  { head: 'type' },
  { head: 'health' },
  { head: 'slots', align: 'right' },
  { head: 'waiting', align: 'right' },
  { head: 'screen' },
  { head: 'remarks', wraps: true },
] as const;

/** One line an arm: what it is, how it stands, what waits for it; a few lines where the terminal is too narrow for a table. */
export function renderArmList(arms: readonly ArmView[], style: Style): string {
  const rows = arms.map((arm) => [
    printableLine(arm.name),
    printableLine(arm.type),
    healthOf(arm, style),
    arm.nodes > 1 ? `${arm.slots} on ${arm.nodes} nodes` : String(arm.slots),
    arm.waiting === 0 ? '0' : `${arm.waiting} (${arm.oldest_waiting_seconds} s)`,
    screenOf(arm),
    remarksOf(arm),
  ]);
  if (fitsAsTable(style, COLUMNS, rows, NARROWEST_REMARKS)) return renderTable(style, COLUMNS, rows);
  return arms.map((arm) => inLines(arm, style)).join('\n');
}

function inLines(arm: ArmView, style: Style): string {
  const { color, tick, cross } = style;
  const nodes = arm.nodes > 1 ? ` on ${arm.nodes} nodes` : '';
  const waiting = arm.waiting === 0 ? '0' : `${arm.waiting} (the oldest ${arm.oldest_waiting_seconds} s)`;
  const facts = `${arm.type}, ${arm.slots} slots${nodes}, waiting: ${waiting}, screen: ${screenOf(arm)}`;
  const remarks = remarksOf(arm);
  return [
    `${arm.health === 'healthy' ? tick : cross} ${color.bold(printableLine(arm.name))}  ${healthOf(arm, style)}`,
    hanging(INDENT, printableLine(facts), style, color.dim),
    ...(remarks === '' ? [] : [hanging(INDENT, remarks, style)]),
  ].join('\n');
}

function screenOf({ redacts, screening }: ArmView): string {
  return redacts.length === 0 ? screening : 'redact';
}

function healthOf({ health }: ArmView, { color }: Style): string {
  switch (health) {
    case 'healthy':
      return color.green(health);
    case 'troubled':
      return color.yellow(health);
    case 'unattended':
      return color.red(health);
  }
}

function remarksOf({ problems, fallback }: ArmView): string {
  const instead = fallback.length === 0 ? [] : [`falls back to ${fallback.join(', ')}`];
  return [...problems, ...instead].map(printableLine).join('; ');
}
