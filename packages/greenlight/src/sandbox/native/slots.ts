/** What a box has of the host's for itself while it lives: a user, and a control group. Used by one box after the other. */
import type { BoxGroup, Groups } from './cgroup.ts';
import { MAX_PROCESSES } from './limits.ts';

/** First user number for boxes, far above those of people and services. */
const FIRST_UID = 200_000;
/** Users that each sandbox has for itself, so that two of them on one machine do not share any. */
const UIDS_EACH = 256;
const SHARES = 4000;

export interface Slot {
  readonly uid: number | undefined;
  readonly group: BoxGroup | undefined;
  /** Folders of control groups that its box joins. */
  readonly groups: readonly string[];
  /** What its box may hold now, MiB; writing a limit costs a job more than asking. */
  memoryMb: number;
  /** Kills for want of memory that its group had counted before its box, read while nobody waits. */
  kills: number;
}

export class Slots {
  readonly #groups: Groups | undefined;
  readonly #firstUid: number | undefined;
  readonly #free: Slot[] = [];
  #made = 0;

  /** @param share which of the ranges of users is this sandbox's; undefined when we are not root and cannot change users */
  constructor(groups: Groups | undefined, share: number | undefined) {
    this.#groups = groups;
    this.#firstUid = share === undefined ? undefined : FIRST_UID + (share % SHARES) * UIDS_EACH;
  }

  take(): Slot {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const index = this.#made;
    this.#made += 1;
    const group = this.#groups?.group(index, MAX_PROCESSES * 2);
    const uid = this.#firstUid === undefined ? undefined : this.#firstUid + (index % UIDS_EACH);
    return { uid, group, groups: group?.folders ?? [], memoryMb: 0, kills: group?.kills() ?? 0 };
  }

  /** Sets what a slot's box may hold, MiB. */
  static hold(slot: Slot, memoryMb: number): void {
    if (slot.memoryMb === memoryMb) return;
    slot.memoryMb = memoryMb;
    slot.group?.setMemory(memoryMb);
  }

  /** Gives one back whose box has ended. */
  give(slot: Slot): void {
    slot.group?.reset();
    slot.kills = slot.group?.kills() ?? 0;
    this.#free.push(slot);
  }
}
