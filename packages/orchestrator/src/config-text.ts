/** How settings that are only ever text (a flag, a variable) are read; what cannot be read stays as it was written. */

export function numberFromText(text: string): unknown {
  return /^\d+$/.test(text.trim()) ? Number(text) : text;
}

export function booleanFromText(text: string): unknown {
  const word = text.trim().toLowerCase();
  if (/^(true|1|yes|on)$/.test(word)) return true;
  return /^(false|0|no|off)$/.test(word) ? false : text;
}

/** Parts with commas between them. */
export function listFromText(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
