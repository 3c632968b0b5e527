/**
 * Who goes first. A job's rank is the time it was submitted less the head start of its priority: the earliest goes first. So
 * a more urgent task overtakes what waits already, but nobody is overtaken by what comes later than his lag behind: at any
 * load, a low task waits behind the critical ones of the next hour and no more. A rank never changes, so a long queue
 * costs no upkeep.
 */
import type { Priority } from '../contract/index.ts';

/** Seconds that each priority is put before the time of its submission. */
export const HEAD_START_SECONDS: { readonly [priority in Priority]: number } = {
  low: 0,
  medium: 10 * 60,
  high: 30 * 60,
  critical: 60 * 60,
};
