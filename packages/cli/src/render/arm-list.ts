import type { ArmView } from '@switchyard/orchestrator/contract';
import { printableLine } from './printable.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

/** One line an arm: what it is, how it stands, what waits for it. */
export function renderArmList(arms: readonly ArmView[], style: Style): string {
  return renderTable(
    style,
    [
      { head: 'arm' },
      { head: 'type' },
      { head: 'health' },
      { head: 'slots', align: 'right' },
      { head: 'waiting', align: 'right' },
      { head: 'screen' },
      { head: 'remarks', wraps: true },
    ],
    arms.map((arm) => [
      printableLine(arm.name),
      printableLine(arm.type),
      healthOf(arm, style),
      arm.nodes > 1 ? `${arm.slots} on ${arm.nodes} nodes` : String(arm.slots),
      arm.waiting === 0 ? '0' : `${arm.waiting} (${arm.oldest_waiting_seconds} s)`,
      arm.redacts.length === 0 ? arm.screening : 'redact',
      remarksOf(arm),
    ]),
  );
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
