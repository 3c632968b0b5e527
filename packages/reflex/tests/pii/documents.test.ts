import { describe, expect, it } from 'vitest';
import { screen } from '../../src/index.ts';

const found = (text: string, label = ''): string[] =>
  screen(text, { check_injection: false, label }).pii.map(
    ({ type, position, length }) => `${type} ${text.slice(position, position + length)}`,
  );

describe('telephone numbers', () => {
  it.each([
    ['write to +49 1512 3442403.', '+49 1512 3442403'],
    ['(713) 255-4024 it is', '(713) 255-4024'],
    ['713-255-4024x12 it is', '713-255-4024x12'],
    ['Mobile: 0490 75 40 81', '0490 75 40 81'],
    ['Phone:\n467 3395\n', '467 3395'],
    ['they answer 416 60 039 office', '416 60 039'],
    ['call me on 01.84.17.61.18?', '01.84.17.61.18'],
    ['{"phone":"+39 312 349 0549"}', '+39 312 349 0549'],
    ['My number is 090-1234-5678', '090-1234-5678'],
  ])('%j holds one', (text, number) => {
    expect(found(text)).toEqual([`Phone ${number}`]);
  });

  it('of a list need one cue word together', () => {
    expect(found('Telefon: first 05321234567, second 05359876543')).toEqual(['Phone 05321234567', 'Phone 05359876543']);
  });

  it.each([
    'Room 624-2053, floor 2',
    'Score was 21-19, 18-21, 21-12',
    'call on 2025-03-12 at 14:30',
    'call 911',
    'phone order number 4471220',
    '713-255-40244',
    '+12',
    'Row count is 27300766',
    'mobile revenue of 1,250,000.50',
  ])('%j holds none', (text) => {
    expect(found(text)).toEqual([]);
  });
});

describe('numbers that only a cue word tells', () => {
  it.each([
    ['Passport number: C2645424', 'Passport C2645424'],
    ['{"passportNo":"YCRNVMVJ1"}', 'Passport YCRNVMVJ1'],
    ['AAA123456 es mi n\u00famero de pasaporte', 'Passport AAA123456'],
    ["Driver's license: Q879-9123-9303", 'DriverLicense Q879-9123-9303'],
    ['DL# 249415319 (state CA)', 'DriverLicense 249415319'],
    ['F\u00fchrerschein B072RRE2I55', 'DriverLicense B072RRE2I55'],
    ['acct no. 6530 5316 02', 'BankAccount 6530 5316 02'],
    ['Wire it to bank account 8124573590 at once', 'BankAccount 8124573590'],
    ['Kontonummer 0532013000', 'BankAccount 0532013000'],
  ])('%j holds one', (text, match) => {
    expect(found(text)).toEqual([match]);
  });

  it('the name of the field is such a word', () => {
    expect(found('C2645424', 'passport')).toEqual(['Passport C2645424']);
    expect(found('8124573590', 'account_number')).toEqual(['BankAccount 8124573590']);
    expect(found('C2645424', 'note')).toEqual([]);
  });

  it('of several in a row all are found, and the nearest word names them', () => {
    expect(found('Passports: AB1234567 and XY9876543')).toEqual(['Passport AB1234567', 'Passport XY9876543']);
    expect(found('card 340485584904165, account number 76156178179')).toEqual([
      'CreditCard 340485584904165',
      'BankAccount 76156178179',
    ]);
  });

  it.each([
    'The passport stamp on page 12 is smudged.',
    'My passport. Order C2645424 came.',
    'passport renewed 20250312',
    'compass C2645424',
    'Open a bank account in 3 days',
    'ticket 8124573590',
  ])('%j holds none', (text) => {
    expect(found(text)).toEqual([]);
  });
});

describe('vehicle identification numbers', () => {
  it('are known by their check digit, or by a cue word where their makers use none', () => {
    expect(found('The car (1HGCM82633A004352) is late')).toEqual(['VIN 1HGCM82633A004352']);
    expect(found('VIN WVWZZZ1JZXW000001')).toEqual(['VIN WVWZZZ1JZXW000001']);
  });

  it('are none with a wrong check digit, with I, O or Q, or of another length', () => {
    expect(found('Part 1HGCM82633A004353 is late')).toEqual([]);
    expect(found('VIN 1HGCM82633A00435O')).toEqual([]);
    expect(found('VIN 1HGCM82633A0043521')).toEqual([]);
  });
});
