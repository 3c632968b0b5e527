/** The limits over all nodes that the configuration gives to arms. */
import type { ArmSettings } from './contract/index.ts';
import type { ArmLimits } from './domain/arm-limits.ts';
import { defaultBurst } from './domain/rate.ts';

/** Arms without limits are not in it. */
export function armLimitsOf(arms: { readonly [name: string]: ArmSettings }): ReadonlyMap<string, ArmLimits> {
  const limits = new Map<string, ArmLimits>();
  for (const [name, { rate, maxRunning }] of Object.entries(arms)) {
    if (rate === undefined && maxRunning === undefined) continue;
    limits.set(name, {
      maxRunning: maxRunning ?? null,
      rate: rate === undefined ? null : { ...rate, burst: rate.burst ?? defaultBurst(rate.attempts) },
    });
  }
  return limits;
}
