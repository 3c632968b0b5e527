/**
 * The LaneLedger port: where the nodes of one system keep in common what each has learnt of a provider, so that together they
 * keep to its limits. The library does without one; the orchestrator keeps it in its database.
 */

/** What a node tells of a lane. */
export interface LaneReport {
  /** The provider and a digest of address and key; never the key. */
  readonly lane: string;
  /** Calls that it has open or waiting; 0: it needs none for now. */
  readonly wanted: number;
  /** By how much its window has grown since its last report. */
  readonly gained: number;
  /** The provider limited a call of it that started so many milliseconds ago; null: none since the last report. */
  readonly limitedMs: number | null;
  /** For how long the provider asks for no calls; 0: it does not. */
  readonly pauseMs: number;
}

/** What it may do until its next report. */
export interface LaneGrant {
  /** Its part of the window of all; may be 0 for a while, where more nodes call than the window has slots. */
  readonly window: number;
  /** False once a provider has limited any of them. */
  readonly starting: boolean;
  readonly pauseMs: number;
}

export interface LaneLedger {
  report(report: LaneReport): Promise<LaneGrant>;
}

/**
 * Max-min fair parts of `slots` for nodes that want so many each: nobody gets more than he wants while another gets less than
 * he could. What does not divide goes round by `turn`, so that every node gets its turn where there are more nodes than slots.
 *
 * @returns the part of the node at `index`; what nobody wants is left to all evenly, for calls that are yet to come
 */
export function fairShare(slots: number, wanted: readonly number[], index: number, turn: number): number {
  const parts = wanted.map(() => 0);
  let left = slots;
  let hungry = wanted.map((_, node) => node).filter((node) => (wanted[node] ?? 0) > 0);
  while (left >= hungry.length && hungry.length > 0) {
    const each = Math.floor(left / hungry.length);
    for (const node of hungry) {
      const taken = Math.min(each, (wanted[node] ?? 0) - (parts[node] ?? 0));
      parts[node] = (parts[node] ?? 0) + taken;
      left -= taken;
    }
    hungry = hungry.filter((node) => (parts[node] ?? 0) < (wanted[node] ?? 0));
  }
  const takers = hungry.length > 0 ? hungry : wanted.map((_, node) => node);
  const place = takers.indexOf(index);
  if (place < 0) return parts[index] ?? 0;
  const turned = (place - (turn % takers.length) + takers.length) % takers.length;
  return (parts[index] ?? 0) + Math.floor(left / takers.length) + (turned < left % takers.length ? 1 : 0);
}
