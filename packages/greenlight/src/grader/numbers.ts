/** Differences that a chain of floating-point operations leaves behind, and no exercise means. */
const RELATIVE_TOLERANCE = 1e-9;
const ABSOLUTE_TOLERANCE = 1e-12;

/** A number of either language: decimal digits of any length, or a double with NaN, infinities and -0 by name. */
export type Numeric =
  | { readonly type: 'integer'; readonly value: string }
  | { readonly type: 'float'; readonly value: number | 'NaN' | 'Infinity' | '-Infinity' | '-0' }
  | { readonly type: 'number'; readonly value: number };

/**
 * Whether two numbers are the same to a grader. By value, not by kind: 3 and 3.0 are the same, as are 0 and -0; NaN is the
 * same as NaN. Integers must agree exactly, anything else within 1e-9 of the larger (or 1e-12); a tolerance replaces both.
 */
export function sameNumber(a: Numeric, b: Numeric, tolerance?: number): boolean {
  const x = toDouble(a);
  const y = toDouble(b);
  if (Number.isNaN(x) || Number.isNaN(y)) {
    return Number.isNaN(x) && Number.isNaN(y);
  }
  const exactX = toExact(a);
  const exactY = toExact(b);
  if (exactX !== undefined && exactY !== undefined) {
    return sameInteger(exactX, exactY, x === y && (a.type !== 'integer' || b.type !== 'integer'), tolerance);
  }
  if (!Number.isFinite(x) || !Number.isFinite(y)) {
    return x === y && exactX === exactY;
  }
  const allowed = tolerance ?? Math.max(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE * Math.max(Math.abs(x), Math.abs(y)));
  return Math.abs(x - y) <= allowed;
}

export function toDouble(number: Numeric): number {
  return Number(number.value);
}

/** As a big integer where the number is whole. */
function toExact(number: Numeric): bigint | undefined {
  if (number.type === 'integer') {
    return BigInt(number.value);
  }
  const double = toDouble(number);
  return Number.isInteger(double) ? BigInt(double) : undefined;
}

/** `sameDouble`: beyond 2^53 a double stands for all integers that round to it, since its digits are lost. */
function sameInteger(x: bigint, y: bigint, sameDouble: boolean, tolerance: number | undefined): boolean {
  if (x === y) {
    return true;
  }
  const safe = BigInt(Number.MAX_SAFE_INTEGER);
  if (sameDouble && (x > safe || x < -safe)) {
    return true;
  }
  return tolerance !== undefined && Number(x > y ? x - y : y - x) <= tolerance;
}
