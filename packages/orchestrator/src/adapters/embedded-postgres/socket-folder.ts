import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Layout } from './layout.ts';
import { SOCKET_PORT } from './settings.ts';

/** sun_path of unix(7) holds 108 bytes with the final zero; macOS has room for 104. */
const LONGEST_SOCKET_PATH_BYTES = process.platform === 'darwin' ? 103 : 107;

export interface SocketFolder {
  readonly folder: string;
  /** Made for this start only; it goes with the server. */
  readonly temporary: boolean;
}

/**
 * Makes the folder of the socket, 0700 and owned by the server's account: `sock` beside the data, or a short one in the
 * temporary folder when the path would not fit into a socket address. The caller knows that no server runs.
 */
export async function makeSocketFolder(layout: Layout): Promise<SocketFolder> {
  const beside = join(layout.home, 'sock');
  const temporary = !fits(beside);
  if (!temporary) {
    await rm(beside, { recursive: true, force: true });
    await mkdir(beside, { mode: 0o700 });
  }
  const folder = temporary ? await mkdtemp(join(fits(shortest(tmpdir())) ? tmpdir() : '/tmp', 'swy-')) : beside;
  await chmod(folder, 0o700);
  if (layout.account) await chown(folder, layout.account.uid, layout.account.gid);
  return { folder, temporary };
}

function fits(folder: string): boolean {
  return Buffer.byteLength(join(folder, `.s.PGSQL.${SOCKET_PORT}`)) <= LONGEST_SOCKET_PATH_BYTES;
}

function shortest(parent: string): string {
  return join(parent, 'swy-XXXXXX');
}
