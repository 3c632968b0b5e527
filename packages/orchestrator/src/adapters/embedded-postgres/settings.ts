/** The port is part of the socket's name only: nothing listens on TCP. */
export const SOCKET_PORT = 5432;

/**
 * Settings of the server, given on the command line so that an update changes them for existing data too. Durability
 * stays as PostgreSQL ships it: fsync, full_page_writes and synchronous_commit on, checksums from initdb.
 */
export function serverSettings(socketFolder: string): Readonly<Record<string, string>> {
  return {
    // Socket only: no port to clash with, no stranger.
    listen_addresses: '',
    port: String(SOCKET_PORT),
    // A list: quoted, so that commas and spaces in a path are part of it.
    unix_socket_directories: `"${socketFolder.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    max_connections: '100',
    // Sized for a laptop: 29 MB when idle, the buffers fill as they are used.
    shared_buffers: '128MB',
    effective_cache_size: '512MB',
    max_wal_size: '512MB',
    // No replica will ever connect; crash safety does not need what one would.
    wal_level: 'minimal',
    max_wal_senders: '0',
    // Three I/O worker processes less; the data fit in memory.
    io_method: 'sync',
    // Short queries: compiling them costs more than it saves.
    jit: 'off',
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    cluster_name: 'switchyard',
    log_line_prefix: '%m [%p] ',
    // Failed statements reach their sender as errors; in the log they could carry someone's data.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
  };
}
