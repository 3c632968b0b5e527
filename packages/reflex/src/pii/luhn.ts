/** The check of ISO/IEC 7812-1, annex B: from the right every second digit doubled, digit sums added, divisible by 10. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  let doubled = false;
  for (let at = digits.length - 1; at >= 0; at--) {
    const digit = digits.charCodeAt(at) - 0x30;
    const value = doubled ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
    doubled = !doubled;
  }
  return digits.length > 0 && sum % 10 === 0;
}
