// What main and the cli may use; lock, layout, supervisor and log stay private to this adapter.

export type { EmbeddedConnection } from './connection-file.ts';
export { readEmbeddedConnection } from './connection-file.ts';
export type { EmbeddedPostgres, EmbeddedPostgresOptions } from './embedded-postgres.ts';
export { startEmbeddedPostgres } from './embedded-postgres.ts';
export {
  DataDirectoryFull,
  DataDirectoryInUse,
  DataDirectoryInvalid,
  DataDirectoryNotWritable,
  DataDirectoryVersion,
  InitdbFailed,
  PostgresStartFailed,
  PostgresUnsupportedPlatform,
} from './errors.ts';
