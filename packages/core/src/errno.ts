import { messageOf } from './errors.ts';

/** The string under `code` of an error: a system error's name such as `ENOENT`, or the stable code of one of ours. */
export function errorCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const IN_WORDS = new Map(
  Object.entries({
    ENOENT: 'there is no such file or folder',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of that path is a file, not a folder',
    EACCES: 'the user who runs this has no right to it',
    EPERM: 'the user who runs this has no right to it',
    EROFS: 'its file system is read-only',
    ENOSPC: 'no space is left there',
    // What `TextDecoder` throws when it is told to be strict (Node's documentation, "Errors").
    ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text; convert it first, as with iconv -f UTF-16 -t UTF-8',
  }),
);

/** Why a file that was named could not be opened or decoded, for whoever named it; the error's own message where it has no plain words. */
export function fileTrouble(error: unknown): string {
  return IN_WORDS.get(errorCodeOf(error) ?? '') ?? messageOf(error);
}

/** True for an error with one of these codes. */
export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  const code = errorCodeOf(error);
  return code !== undefined && codes.includes(code);
}
