/** What vitest's global setup provides to test files. */
declare module 'vitest' {
  interface ProvidedContext {
    /** The `switchyard` database of the run's one embedded server, as superuser. */
    switchyardDatabaseUrl: string;
  }
}

export {};
