import { describe, expect, it } from 'vitest';
import { screen } from '../../src/index.ts';

const found = (text: string, label = ''): string[] =>
  screen(text, { check_injection: false, label }).pii.map(
    ({ type, position, length }) => `${type} ${text.slice(position, position + length)}`,
  );

// Assembled here, so that no file holds anything that looks like a live key.
const glue = (...parts: string[]): string => parts.join('');
const GITHUB = glue('ghp', '_', '6RE3xay4USZpCouVmA6VVo8VkZ8s0X3zWHrV');
const AWS_ID = glue('AKIA', 'V37J2QA5SKTPDSCH');
const AWS_SECRET = glue('kzFz2vUdF3+s6IMWmxPo', 'bTcBvQ98aqlQkpt+u+xl');

describe('e-mail addresses', () => {
  it.each([
    ['Mail ana@acme.io.', 'ana@acme.io'],
    ['<mailto:Ben.A@ACME-corp.io>', 'Ben.A@ACME-corp.io'],
    ["'lars.n+billing@sub.firma.pl'", 'lars.n+billing@sub.firma.pl'],
    ['users:[o_nowak@uni-bonn.de]', 'o_nowak@uni-bonn.de'],
    ['a..b@acme.io', 'b@acme.io'],
    ['y@xn--mnchen-3ya.de', 'y@xn--mnchen-3ya.de'],
    ['x@münchen.acme.io', 'x@münchen.acme.io'],
  ])('%j holds one', (text, address) => {
    expect(found(text)).toEqual([`Email ${address}`]);
  });

  it.each([
    'a@b',
    '@acme.io',
    'ana @acme.io',
    'a@.io',
    'a@-x.io',
    'lodash@4.17.21',
    'icon@2x.png',
    'git@github.com:a/b',
    'https://user:word@host.io/x',
    'a@b.c',
  ])('%j holds none', (text) => {
    expect(found(text).filter((match) => match.startsWith('Email'))).toEqual([]);
  });

  it('a local part of more than 64 characters or a host of more than 255 is none', () => {
    expect(found(`${'a'.repeat(64)}@acme.io`)).toHaveLength(1);
    expect(found(`${'a'.repeat(65)}@acme.io`)).toEqual([]);
    expect(found(`a@${'b.'.repeat(130)}io`)).toEqual([]);
  });

  it('at hosts kept for examples has less confidence', () => {
    expect(screen('ana@example.com').pii[0]?.confidence).toBe(0.6);
    expect(screen('ana@acme.io').pii[0]?.confidence).toBe(0.95);
  });
});

describe('keys and tokens', () => {
  it.each([
    ['GitHubToken', GITHUB],
    [
      'GitHubToken',
      glue(
        'github',
        '_pat_',
        '11ZwWOxeWHsB9X9o5I7AxI',
        '_',
        'GuxwfRu7fduCVfhMmRPAJR0KT3bEnbsT49zOgObEJtRcOFcdGvBGkC92t33',
      ),
    ],
    ['AWSKey', AWS_ID],
    ['GenericAPIKey', glue('sk', '-', 'proj-a8F3kQ9zL2mN7pR4sT6vX1yB5cD0eG')],
    ['GenericAPIKey', glue('sk', '_live_', '51H8xKq2eZvKYlo2C9a7')],
    ['GenericAPIKey', glue('AIza', '0N5p1twVDNdhkcRRb6ch3NOBldj3aRhkgaz')],
    ['GenericAPIKey', glue('xoxb', '-263594206564-', 'FGqddMF8t08v8N7Oq4i57vs1')],
    ['GenericAPIKey', glue('glpat', '-', 'tRIgShTqDakAQ2xRwYwL')],
  ])('a %s is known by how it begins, without a cue', (type, value) => {
    expect(found(`use ${value} here`)).toEqual([`${type} ${value}`]);
    expect(found(`x="${value}",`)).toEqual([`${type} ${value}`]);
  });

  it('are not seen in the middle of a word, nor too short', () => {
    expect(found(`x${GITHUB}`)).toEqual([]);
    expect(found(GITHUB.slice(0, 30))).toEqual([]);
  });

  it.each([
    'api_key = "9aK3mX7qL2vB8nR4tY6w"',
    "password: '9aK3mX7qL2vB8nR4tY6w'",
    'Authorization: Bearer 9aK3mX7qL2vB8nR4tY6w',
    '{"client_secret": "9aK3mX7qL2vB8nR4tY6w"}',
    'the token is 9aK3mX7qL2vB8nR4tY6w',
  ])('a random value right after a name that says so is one: %s', (text) => {
    expect(found(text)).toEqual(['GenericAPIKey 9aK3mX7qL2vB8nR4tY6w']);
  });

  it('the name of the field is such a name', () => {
    expect(found('9aK3mX7qL2vB8nR4tY6w', 'api_key')).toHaveLength(1);
    expect(found('9aK3mX7qL2vB8nR4tY6w', 'note')).toEqual([]);
    expect(found('536228714', 'ssn')).toEqual(['SSN 536228714']);
  });

  it('an AWS secret access key is told from other secrets by its name and form', () => {
    expect(found(`aws_secret_access_key = ${AWS_SECRET}`)).toEqual([`AWSKey ${AWS_SECRET}`]);
  });

  it.each([
    'token: process.env.SERVICE_TOKEN_2',
    'secret: /usr/local/lib/libcrypto-3.so',
    'password: correct-horse-battery-staple-9',
    'api_key: your_api_key_goes_here_123',
    'api_key: aaaaaaaaaaaaaaaaaaaaaaaaa1',
    glue('key AKIA', 'IOSFODNN7EXAMPLE'),
    'sha 9aK3mX7qL2vB8nR4tY6w',
  ])('%s is a name, a path or a placeholder', (text) => {
    expect(found(text)).toEqual([]);
  });
});
