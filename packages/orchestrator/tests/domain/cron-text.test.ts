import { describe, expect, it } from 'vitest';
import { cronFault, cronFields } from '../../src/domain/cron-text.ts';

describe('an expression', () => {
  it.each([
    '* * * * *',
    '*/15 9-17 * * MON-FRI',
    '0 0 1,15 * *',
    '  5   4  * * sun ',
    '0 22 * jan-MAR 7',
    '10-50/5 * * * *',
    '@daily',
    ' @hourly ',
  ])('"%s" is fine', (text) => {
    expect(cronFault(text)).toBeNull();
  });

  it.each([
    ['61 * * * *', 'the minute was "61": it may be 0 to 59'],
    ['* 24 * * *', 'the hour was "24": it may be 0 to 23'],
    ['* * 0 * *', 'the day of the month was "0": it may be 1 to 31'],
    ['* * * 13 *', 'the month was "13": it may be 1 to 12, or JAN to DEC'],
    ['* * * * 8', 'the day of the week was "8": it may be 0 to 7'],
    ['* * * * MONDAY', 'the day of the week was "MONDAY"'],
    ['* * * MON *', 'the month was "MON"'],
    ['1,,2 * * * *', 'the minute was "" in "1,,2"'],
    ['*/0 * * * *', 'the step behind / may be 1 to 59'],
    ['*/60 * * * *', 'the step behind / may be 1 to 59'],
    ['* 17-9 * * *', 'the hour was "17-9": a range goes from the lower to the higher, as 9-17'],
    ['5/ * * * *', 'the step behind /'],
    ['1-2-3 * * * *', 'the minute was "1-2-3"'],
    ['H * * * *', 'the minute was "H"'],
    ['0 0 L * *', 'the day of the month was "L"'],
    ['0 0 * * 1#2', 'the day of the week was "1#2"'],
    ['-5 * * * *', 'the minute was "-5"'],
    ['0 30 9 * * *', 'seconds are not supported: leave the first field out'],
    ['* * * *', 'it had 4'],
    ['', 'it had 0'],
    ['@fortnightly', 'or one of: @yearly, @annually'],
    ['@toString', 'or one of: @yearly'],
  ])('"%s" is told what is wrong with it', (text, words) => {
    expect(cronFault(text)).toContain(words);
  });

  it('is five fields however it was written', () => {
    expect(cronFields(' @weekly ')).toBe('0 0 * * 0');
    expect(cronFields(' 1  2 3\t4 5 ')).toBe('1 2 3 4 5');
  });
});
