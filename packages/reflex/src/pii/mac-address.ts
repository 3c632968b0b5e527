import { isWordCharacter } from '../ascii.ts';
import type { PiiMatch } from '../verdict.ts';
import type { Subject } from './lexemes.ts';

/** Six pairs joined by colons; sticky, tried three characters before a colon. */
const WITH_COLONS = /[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?![0-9a-z:])/iy;
/** The same with hyphens, and Cisco's three groups of four. */
const WITH_OTHERS =
  /^(?:[0-9a-f]{2}(?:-[0-9a-f]{2}){5}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})(?![0-9a-z_-]|\.[0-9a-f])/i;
const COLON = 0x3a;
const LENGTH = 17;

/** Hardware addresses (EUI-48) in the three notations in use. */
export function findMacAddresses({ text, lexemes }: Subject): PiiMatch[] {
  const found: PiiMatch[] = [];
  let free = 0;
  for (const colon of lexemes.colons) {
    const start = colon - 2;
    if (start < free || text.charCodeAt(colon + 3) !== COLON) continue;
    if (start > 0 && (isWordCharacter(text.charCodeAt(start - 1)) || text.charCodeAt(start - 1) === COLON)) continue;
    WITH_COLONS.lastIndex = start;
    if (!WITH_COLONS.test(text)) continue;
    found.push({ type: 'MACAddress', position: start, length: LENGTH, confidence: 0.95 });
    free = start + LENGTH;
  }
  for (const { start, end } of lexemes.tokens) {
    if (end - start > LENGTH + 2) continue;
    const value = WITH_OTHERS.exec(text.slice(start, end))?.[0];
    if (value === undefined || !/\d/.test(value)) continue;
    found.push({ type: 'MACAddress', position: start, length: value.length, confidence: 0.9 });
  }
  return found;
}
