/**
 * What several steps printed, one after the other, in at most `limitKb` KiB of UTF-8. Where something was cut, here or in
 * the box, the last line says so.
 */
export function joinOutput(texts: readonly string[], alreadyCut: boolean, limitKb: number): string {
  const all = Buffer.from(texts.join(''), 'utf8');
  const limit = limitKb * 1024;
  if (all.length <= limit && !alreadyCut) {
    return all.toString('utf8');
  }
  // A character split by the cut decodes to U+FFFD at the very end.
  const kept =
    all.length <= limit
      ? all.toString('utf8')
      : all
          .subarray(0, limit)
          .toString('utf8')
          .replace(/\uFFFD$/, '');
  return `${kept}\n… (output cut at ${limitKb} KiB)`;
}
