/**
 * The dialogue of one SQL box: a job's files, then its steps, each on a database of its own.
 *
 * The other `.sql` files of a job make the database, in the order of their paths. A call's values are scripts that run before the
 * submission (by name: `setup` before it, `query` after it); it returns the rows of the last query. A program gets its setup on
 * stdin and prints all rows as the sqlite3 shell does.
 */
import type { Database, SqlValue, Statement } from 'sql.js';
import type { BoxVerdict } from '../../harness/verdict.ts';
import type { CallArguments, JsonValue, ProgramError, Step, Value } from '../../port.ts';
import type { BoxCommand } from '../box-messages.ts';
import { MIB } from '../limits.ts';
import { OutputWriter } from '../output.ts';

const MOST_VALUES = 50_000;
const SYNTAX = /syntax error|incomplete input|unrecognized token/;

type Begin = Extract<BoxCommand, { kind: 'begin' }>;
type SqlRow = readonly SqlValue[];

/** An error of the database while it runs a script. */
class SqlFailure extends Error {
  readonly line: number | undefined;

  constructor(message: string, line: number | undefined) {
    super(message);
    this.line = line;
  }
}

export class SqlMachine {
  readonly #engine: { readonly Database: new () => Database };
  #job: Begin | undefined;

  constructor(engine: { readonly Database: new () => Database }) {
    this.#engine = engine;
  }

  answer(command: BoxCommand): BoxVerdict {
    if (command.kind === 'begin') return this.#begin(command);
    const { step } = command;
    const job = this.#job;
    if (job === undefined || (step.kind !== 'call' && step.kind !== 'program')) {
      return { kind: 'lost', reason: `a ${step.kind} step came to a box that runs queries` };
    }
    const database = this.#open(job);
    try {
      return step.kind === 'call'
        ? call(database, job, step)
        : program(database, job, step, new OutputWriter(command.output));
    } catch (error) {
      if (!(error instanceof SqlFailure)) throw error;
      if (error.message === 'out of memory') return { kind: 'out-of-memory' };
      return { kind: 'raised', error: errorOf(error, job.entrypoint) };
    } finally {
      database.close();
    }
  }

  /** The parser of the database says what it cannot read; tables that a later script makes may be missing still. */
  #begin(job: Begin): BoxVerdict {
    this.#job = job;
    const database = this.#open(job);
    try {
      for (const path of schemaFiles(job)) run(database, job.files[path] ?? '');
      run(database, job.files[job.entrypoint] ?? '', undefined, 0);
      return { kind: 'began' };
    } catch (error) {
      if (error instanceof SqlFailure && SYNTAX.test(error.message)) {
        return { kind: 'syntax-error', error: { ...errorOf(error, job.entrypoint), type: 'SyntaxError' } };
      }
      return { kind: 'began' };
    } finally {
      database.close();
    }
  }

  #open({ memoryMb }: Begin): Database {
    const database = new this.#engine.Database();
    database.exec(`PRAGMA hard_heap_limit=${Math.floor(memoryMb / 2) * MIB}`);
    return database;
  }
}

function schemaFiles({ files, entrypoint }: Begin): string[] {
  return Object.keys(files)
    .filter((path) => path.endsWith('.sql') && path !== entrypoint)
    .sort();
}

function prepare(database: Database, job: Begin): void {
  for (const path of schemaFiles(job)) run(database, job.files[path] ?? '');
}

function call(database: Database, job: Begin, { arguments: given }: Extract<Step, { kind: 'call' }>): BoxVerdict {
  prepare(database, job);
  const { before, after } = scriptsOf(given);
  for (const script of before) run(database, script);
  let rows = run(database, job.files[job.entrypoint] ?? '');
  if (after !== undefined) rows = run(database, after);
  if (rows.reduce((sum, row) => sum + row.length, 0) > MOST_VALUES) {
    return { kind: 'returned', value: { type: 'opaque', name: 'rows', text: '(too many to be compared)' } };
  }
  return {
    kind: 'returned',
    value: { type: 'list', items: rows.map((row) => ({ type: 'list', items: row.map(valueOf) })) },
  };
}

function scriptsOf(given: CallArguments): { before: readonly string[]; after: string | undefined } {
  if (given.by === 'position') return { before: given.values.map(textOf), after: undefined };
  const { setup, query } = given.values;
  return {
    before: setup === undefined ? [] : [textOf(setup)],
    after: query === undefined ? undefined : textOf(query),
  };
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function program(
  database: Database,
  job: Begin,
  step: Extract<Step, { kind: 'program' }>,
  output: OutputWriter,
): BoxVerdict {
  const encoder = new TextEncoder();
  let isKept = true;
  const print = (row: SqlRow): boolean => {
    isKept &&= output.write(0, encoder.encode(`${row.map(printed).join('|')}\n`));
    return isKept;
  };
  try {
    prepare(database, job);
    run(database, step.stdin ?? '');
    run(database, job.files[job.entrypoint] ?? '', print);
  } catch (error) {
    if (!(error instanceof SqlFailure) || error.message === 'out of memory') throw error;
    output.write(1, encoder.encode(`Error: ${error.message}\n`));
    return { kind: 'exited', exitCode: 1, error: errorOf(error, job.entrypoint) };
  }
  return isKept ? { kind: 'exited', exitCode: 0 } : { kind: 'output-limit' };
}

/**
 * Runs a script; the rows of its last query.
 *
 * @param print takes each row instead; false ends the run
 * @param most rows that are taken of a statement
 * @throws {SqlFailure} with the line that the failing statement begins at
 */
function run(
  database: Database,
  script: string,
  print?: (row: SqlRow) => boolean,
  most = Number.POSITIVE_INFINITY,
): SqlRow[] {
  let rows: SqlRow[] = [];
  const statements = database.iterateStatements(script);
  let rest = script;
  try {
    for (const statement of statements) {
      const isQuery = statement.getColumnNames().length > 0;
      if (isQuery) rows = [];
      for (const row of rowsOf(statement)) {
        if (print !== undefined && !print(row)) return [];
        if (isQuery && print === undefined && rows.length < Math.min(most, MOST_VALUES + 1)) rows.push(row);
      }
      rest = statements.getRemainingSQL();
    }
    return rows;
  } catch (error) {
    const done = script.length - rest.trimStart().length;
    const line = script.slice(0, done).split('\n').length;
    throw new SqlFailure(error instanceof Error ? error.message : String(error), line);
  }
}

function* rowsOf(statement: Statement): Generator<SqlRow> {
  while (statement.step()) yield statement.get(null, { useBigInt: true });
}

function errorOf(error: SqlFailure, file: string): ProgramError {
  return {
    type: 'SQLError',
    message: error.message,
    file,
    ...(error.line === undefined ? {} : { line: error.line }),
  };
}

function valueOf(value: SqlValue): Value {
  if (value === null) return { type: 'null' };
  if (typeof value === 'bigint') return { type: 'integer', value: value.toString() };
  if (typeof value === 'string') return { type: 'string', value };
  if (typeof value === 'number')
    return { type: 'float', value: Number.isFinite(value) ? value : value > 0 ? 'Infinity' : '-Infinity' };
  return { type: 'bytes', value: Buffer.from(value).toString('base64') };
}

/** As the sqlite3 shell prints in list mode. */
function printed(value: SqlValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return Number.isInteger(value) ? `${value}.0` : String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value);
}
