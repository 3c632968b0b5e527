import { expect, it } from 'vitest';
import { armLimitsOf } from '../src/arm-limits-of.ts';
import { loadConfig } from '../src/config.ts';

it('gives the limits of arms that have some, with a burst of a tenth', () => {
  const arms = {
    generalist: { rate: { attempts: 90, seconds: 30 } },
    greenlight: { maxRunning: 2 },
    idle: { type: 'module', module: 'x' },
  };
  const { config } = loadConfig({ env: {}, cwd: '/srv', readFile: () => JSON.stringify({ arms }) });
  expect(armLimitsOf(config.arms)).toEqual(
    new Map([
      ['generalist', { maxRunning: null, rate: { attempts: 90, seconds: 30, burst: 9 } }],
      ['greenlight', { maxRunning: 2, rate: null }],
    ]),
  );
});
