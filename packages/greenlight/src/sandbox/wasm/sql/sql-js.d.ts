// What is used of sql.js, which comes without types.
declare module 'sql.js' {
  export type SqlValue = number | bigint | string | Uint8Array | null;

  export interface Statement {
    step(): boolean;
    getColumnNames(): string[];
    get(parameters: null, config: { useBigInt: true }): SqlValue[];
  }

  export interface Database {
    exec(sql: string): unknown;
    iterateStatements(sql: string): Iterable<Statement> & { getRemainingSQL(): string };
    close(): void;
  }

  export default function initSqlJs(): Promise<{ readonly Database: new () => Database }>;
}
