import { checkSync } from 'recheck';
import { describe, expect, it } from 'vitest';
import { allPatterns, isBounded } from './patterns.ts';

const patterns = allPatterns();

describe('the regular expressions of the screen', () => {
  it('are found in its sources', () => {
    expect(patterns.length).toBeGreaterThan(150);
    expect(isBounded(String.raw`a{1,3}[*+]\+b?`)).toBe(true);
    expect(isBounded('a{1,3}b+')).toBe(false);
    expect(isBounded('a{2,}')).toBe(false);
  });

  // Where every quantifier is bounded, so is the work at one place; the rest has to be proven free of backtracking.
  it.each(
    patterns.filter(({ source }) => !isBounded(source)).map(({ place, source, flags }) => [place, source, flags]),
  )('%s: /%s/%s does not backtrack without bound', (_, source, flags) => {
    expect(checkSync(source, flags)).toMatchObject({ status: 'safe' });
  });
});
