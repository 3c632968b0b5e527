/** The string under `code` of an error: a system error's name such as `ENOENT`, or the stable code of one of ours. */
export function errorCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** True for an error with one of these codes. */
export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  const code = errorCodeOf(error);
  return code !== undefined && codes.includes(code);
}
