/**
 * The connection pool and the one way to a transaction.
 *
 * A server that is away shows as DatabaseUnavailable everywhere; a connection that broke inside a transaction is thrown
 * away and never goes back to the pool.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { DatabaseUnavailable } from '../../ports/errors.ts';
import { translated } from './failures.ts';
import { createPlanAge } from './plan-age.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** No statement of ours takes nearly as long; a half-open connection is given up after it. */
const QUERY_TIMEOUT_MS = 30_000;
/**
 * Every statement of the store goes by an index, in its order. A plan must not read all of a table, or join by hashing or
 * sorting it, because the table is small today. (Where a row is found by its id, its status is compared as text: on a small
 * table the index on status looks as good as the key.)
 */
const PLAN_BY_INDEX = ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin', 'sort']
  .map((way) => `-c enable_${way}=off`)
  .concat('-c jit=off')
  .join(' ');

export interface Rows<Row> {
  readonly rows: Row[];
  readonly rowCount: number;
}

/** A statement that each connection prepares once, under this name: for those that run all the time. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
}

export interface Database {
  /**
   * One statement in a transaction of its own. Rows are as the statement selects them: the caller names their type.
   *
   * @param timeoutMs when its answer is given up, instead of 30 s; the server has a limit of its own, `statement_timeout`
   */
  query<Row extends object = object>(
    statement: string | Prepared,
    values?: readonly unknown[],
    timeoutMs?: number,
  ): Promise<Rows<Row>>;
  /** Commits when `work` resolves, rolls back when it rejects or resolves to `rollback`. */
  transaction<T>(work: (transaction: SqlTransaction) => Promise<T>): Promise<T>;
  ping(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export type SqlTransaction = Pick<Database, 'query'>;

/** Thrown inside a transaction to undo it without that being an error. */
export class Rollback extends Error {}

export interface DatabaseOptions {
  readonly url: string;
  /** Connections of this pool. Default 10. */
  readonly connections?: number;
  readonly applicationName: string;
  readonly onIdleError?: (error: Error) => void;
}

export function openDatabase({ url, connections = 10, applicationName, onIdleError }: DatabaseOptions): Database {
  const pool = new pg.Pool({
    ...connectionSettings(withOptions(url, PLAN_BY_INDEX), applicationName),
    max: connections,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  pool.on('error', (error) => onIdleError?.(error));
  // Between the pool's listener and its borrower's there is a moment without any, and an error that falls into it would end
  // the process. Whoever uses the connection hears of it by the query that fails.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });

  const age = createPlanAge();
  const plannedAt = new WeakMap<pg.PoolClient, number>();

  /** On a connection whose plans are not too old; one that breaks on the way never goes back to the pool. */
  const withClient = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect().catch((error: unknown) => {
      throw translated(error);
    });
    let broken: Error | undefined;
    const onError = (error: Error): void => {
      broken = error;
    };
    client.on('error', onError);
    try {
      const { current } = age;
      if ((plannedAt.get(client) ?? current) < current) await runQuery(client, 'DISCARD PLANS');
      plannedAt.set(client, current);
      return await work(client);
    } catch (error) {
      if (error instanceof DatabaseUnavailable) broken ??= error;
      throw error;
    } finally {
      client.removeListener('error', onError);
      client.release(broken);
    }
  };

  const counted = async <Row extends object>(
    client: pg.PoolClient,
    statement: string | Prepared,
    values?: readonly unknown[],
    timeoutMs?: number,
  ): Promise<Rows<Row>> => {
    const answer = await runQuery<Row>(client, statement, values, timeoutMs);
    if (typeof statement !== 'string') age.count(answer.rowCount);
    return answer;
  };

  const transaction: Database['transaction'] = (work) =>
    withClient(async (client) => {
      try {
        await runQuery(client, 'BEGIN');
        const value = await work({ query: (...asked) => counted(client, ...asked) });
        await runQuery(client, 'COMMIT');
        return value;
      } catch (error) {
        const cause = translated(error);
        await runQuery(client, 'ROLLBACK').catch((failure: unknown) => {
          throw cause instanceof DatabaseUnavailable ? cause : failure;
        });
        throw cause;
      }
    });

  return {
    query: (statement, ...asked) =>
      typeof statement === 'string'
        ? runQuery(pool, statement, ...asked)
        : withClient((client) => counted(client, statement, ...asked)),
    transaction,
    ping: async (signal) => {
      const late = new AbortController();
      const onAbort = (): void => late.abort(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        await Promise.race([runQuery(pool, 'SELECT 1'), aborted(late.signal)]);
      } finally {
        signal.removeEventListener('abort', onAbort);
        late.abort();
      }
    },
    close: () => pool.end(),
  };
}

/** Settings that every connection of ours shares. */
export function connectionSettings(url: string, applicationName: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    statement_timeout: QUERY_TIMEOUT_MS,
    idle_in_transaction_session_timeout: QUERY_TIMEOUT_MS,
  };
}

/** The server's own command line, for this session; what the URL gives already comes first. */
function withOptions(url: string, options: string): string {
  const given = new URLSearchParams(url.split('?')[1]).get('options');
  const all = given === null ? options : `${given} ${options}`;
  // Of a parameter that stands there twice the driver takes the last.
  return `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent(all)}`;
}

async function runQuery<Row extends object>(
  on: pg.Pool | pg.PoolClient,
  statement: string | Prepared,
  values: readonly unknown[] = [],
  timeoutMs?: number,
): Promise<Rows<Row>> {
  const named = typeof statement === 'string' ? { text: statement } : statement;
  const limit = timeoutMs === undefined ? {} : { query_timeout: timeoutMs };
  try {
    const answer = await on.query<Row>({ ...named, ...limit, values: [...values] });
    return { rows: answer.rows, rowCount: answer.rowCount ?? 0 };
  } catch (error) {
    throw translated(error);
  }
}

const NEVER_MS = 2 ** 31 - 1;

/** Rejects when the signal fires. */
async function aborted(signal: AbortSignal): Promise<never> {
  await delay(NEVER_MS, undefined, { signal, ref: false });
  throw new Error('unreachable: the longest timer ran out');
}
