/** Whether there is room for a start, before anything is started: it costs a database start otherwise. */
import { DataDirectoryInUse, readEmbeddedConnection } from '../adapters/embedded-postgres/index.ts';
import type { Config } from '../config.ts';
import { checkBind } from '../http/server.ts';

/**
 * Who holds the data directory mostly holds the port, too, and is what tells more.
 *
 * @throws {DataDirectoryInUse} the port is taken, and the data directory as well
 * @throws {PortInUse} @throws {BindRefused}
 */
export async function checkPlace({ host, port, dataDir, databaseUrl }: Config): Promise<void> {
  try {
    await checkBind(host, port);
  } catch (error) {
    const running = databaseUrl === undefined ? await readEmbeddedConnection(dataDir) : null;
    throw running === null ? error : new DataDirectoryInUse(dataDir, running.holder);
  }
}
