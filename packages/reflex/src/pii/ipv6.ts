import { isIPv6 } from 'node:net';
import { isDigit, isHex, isWordCharacter } from '../ascii.ts';
import type { PiiMatch } from '../verdict.ts';
import type { Subject } from './lexemes.ts';

/** Eight groups of four, the last two written as an IPv4 address. */
const LONGEST = 45;
const COLON = 0x3a;
const DOT = 0x2e;

/**
 * IPv6 addresses (RFC 4291, 2.2), IPv4-mapped ones too. Two words of hexadecimal letters around `::` (`Face::add`) are names in a
 * program, so a digit has to be among them.
 */
export function findIpv6s({ text, lexemes }: Subject): PiiMatch[] {
  const found: PiiMatch[] = [];
  let free = 0;
  for (const colon of lexemes.colons) {
    if (colon < free) continue;
    let start = colon;
    while (start > free && isHex(text.charCodeAt(start - 1)) && colon - start < 4) start -= 1;
    let end = colon;
    let digit = false;
    let colons = 0;
    while (end < text.length && isAddressCharacter(text.charCodeAt(end))) {
      if (text.charCodeAt(end) === COLON) colons += 1;
      end += 1;
    }
    free = end;
    while (end > colon && text.charCodeAt(end - 1) === DOT) end -= 1;
    if (text.charCodeAt(end - 1) === COLON && text.charCodeAt(end - 2) !== COLON) end -= 1;
    if (colons < 2 || end - start > LONGEST) continue;
    for (let at = start; at < end && !digit; at++) digit = isDigit(text.charCodeAt(at));
    if (!digit || isWordCharacter(text.charCodeAt(start - 1)) || isWordCharacter(text.charCodeAt(end))) continue;
    if (!isIPv6(text.slice(start, end))) continue;
    found.push({ type: 'IPv6', position: start, length: end - start, confidence: 0.95 });
  }
  return found;
}

function isAddressCharacter(code: number): boolean {
  return isHex(code) || code === COLON || code === DOT;
}
