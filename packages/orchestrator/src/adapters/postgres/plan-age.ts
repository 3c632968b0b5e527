/**
 * When the plans of prepared statements have to be made anew. A plan that was made while a table was nearly empty reads all
 * of it, and would go on to do so: PostgreSQL itself makes it anew only when the table was analysed, a minute later or more.
 *
 * Plans are renewed whenever the rows that passed through have doubled, so that no table is much larger than its plan
 * believes, and every `LONGEST_AGE_MS` for what other processes wrote. That is one DISCARD PLANS a connection each time.
 */
const FIRST_ROWS = 32;
const LONGEST_AGE_MS = 10_000;

export interface PlanAge {
  /** So many rows passed through a prepared statement. */
  count(rows: number): void;
  /** Plans that were made in an earlier generation than this are too old. */
  readonly current: number;
}

/** @param now monotonic milliseconds */
export function createPlanAge(now: () => number = () => performance.now()): PlanAge {
  let generation = 0;
  let rows = 0;
  let rowsThen = 0;
  let madeAt = now();
  return {
    count: (more) => {
      rows += more;
      const doubled = rows >= Math.max(FIRST_ROWS, 2 * rowsThen);
      if (!doubled && (rows === rowsThen || now() - madeAt < LONGEST_AGE_MS)) return;
      generation += 1;
      rowsThen = rows;
      madeAt = now();
    },
    get current() {
      return generation;
    },
  };
}
