import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { fileTrouble, isErrno } from '../errno.ts';

/** Where the system looks without a PATH (POSIX, `confstr(_CS_PATH)`). */
const USUAL_PATH = '/bin:/usr/bin';

export interface ProgramPlace {
  /** The folder that it would be started in. Default: this process's. */
  readonly cwd?: string | undefined;
  /** The PATH that it would get; it is looked up in that one. */
  readonly path?: string | undefined;
}

/**
 * Why a program could not be started, for people; null where nothing speaks against it. It is looked up as the system would: a
 * name with a slash from `cwd`, any other on the PATH. Nothing is started.
 */
export function programTrouble(command: string, { cwd = process.cwd(), path }: ProgramPlace = {}): string | null {
  const noFolder = troubleOf(() => accessSync(cwd, constants.X_OK), fileTrouble);
  if (noFolder !== null) return `its folder ${cwd}: ${noFolder}`;
  if (command.includes('/')) {
    const file = resolve(cwd, command);
    const trouble = troubleOfProgram(file);
    return trouble === null ? null : `${file}: ${trouble}`;
  }
  const folders = (path ?? USUAL_PATH).split(delimiter);
  const isThere = folders.some((folder) => troubleOfProgram(resolve(cwd, folder, command)) === null);
  return isThere ? null : `${command} is not on the PATH`;
}

function troubleOfProgram(file: string): string | null {
  return troubleOf(
    () => {
      if (statSync(file).isDirectory()) throw Object.assign(new Error(file), { code: 'EISDIR' });
      accessSync(file, constants.X_OK);
    },
    (error) => (isErrno(error, 'EACCES') ? 'the user who runs this may not execute it' : fileTrouble(error)),
  );
}

function troubleOf(look: () => void, inWords: (error: unknown) => string): string | null {
  try {
    look();
    return null;
  } catch (error) {
    return inWords(error);
  }
}
