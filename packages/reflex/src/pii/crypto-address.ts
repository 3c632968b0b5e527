import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { bech32, bech32m, createBase58check } from '@scure/base';
import { asciiSet } from '../ascii.ts';
import type { PiiMatch } from '../verdict.ts';
import type { Subject } from './lexemes.ts';
import { pieces } from './pieces.ts';

const SHORTEST = 26;
const LONGEST = 90;

/** Bitcoin P2PKH and P2SH, Bitcoin native segwit (main and test network), Ethereum. */
const BASE58 = /^[13][1-9A-HJ-NP-Za-km-z]{25,34}$/;
const SEGWIT = /^(?:bc|tb)1[02-9ac-hj-np-z]{11,71}$/i;
const ETHEREUM = /^0x[0-9a-fA-F]{40}$/;

/**
 * Most checksums computed for one text (some 5 µs each). Beyond, a candidate is taken by its form alone: a flood of candidates
 * costs confidence, it hides nothing.
 */
const MOST_CHECKS = 400;

const base58check = createBase58check(sha256);

/** Addresses of cryptocurrencies: Base58Check, Bech32 and Bech32m (BIP 173, 350), EIP-55 where the letters are mixed. */
export function findCryptoAddresses(subject: Subject): PiiMatch[] {
  const found: PiiMatch[] = [];
  let checks = 0;
  for (const { start, end } of pieces(subject, SHORTEST, LONGEST)) {
    const first = subject.text.charCodeAt(start);
    if (FIRST[first] !== 1) continue;
    const value = subject.text.slice(start, end);
    const check = checkOf(value);
    if (check === null) continue;
    checks += 1;
    if (checks <= MOST_CHECKS && !check(value)) continue;
    found.push({
      type: 'CryptoAddress',
      position: start,
      length: value.length,
      confidence: checks <= MOST_CHECKS ? 0.95 : 0.6,
    });
  }
  return found;
}

/** `0 1 3 b B t T`. */
const FIRST = asciiSet('013bBtT');

function checkOf(value: string): ((value: string) => boolean) | null {
  if (ETHEREUM.test(value)) return isEthereum;
  if (SEGWIT.test(value)) return isSegwit;
  return BASE58.test(value) ? isBase58Check : null;
}

/** EIP-55: a letter is a capital where the hash of the lower-case address has 8 or more. One case alone carries no checksum. */
function isEthereum(value: string): boolean {
  const digits = value.slice(2);
  const lower = digits.toLowerCase();
  if (digits === lower || digits === digits.toUpperCase()) return !/^(.)\1*$/.test(digits);
  const hash = bytesToHex(keccak_256(new TextEncoder().encode(lower)));
  return Array.from(lower).every(
    (digit, at) => digits.charAt(at) === (Number.parseInt(hash.charAt(at), 16) >= 8 ? digit.toUpperCase() : digit),
  );
}

function isSegwit(value: string): boolean {
  return (bech32.decodeUnsafe(value, LONGEST) ?? bech32m.decodeUnsafe(value, LONGEST)) !== undefined;
}

function isBase58Check(value: string): boolean {
  try {
    return base58check.decode(value).length === 21;
  } catch {
    return false;
  }
}
