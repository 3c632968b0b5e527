import { SwitchyardError } from '@switchyard/core';
import { expect, it } from 'vitest';
import { exitCodeOf } from '../src/exit-codes.ts';

it.each([
  ['usage', 'invalid', 2],
  ['config_invalid', 'invalid', 2],
  ['arm_configuration_invalid', 'invalid', 2],
  ['arm_unknown', 'invalid', 2],
  ['script_invalid', 'invalid', 2],
  ['secret_key_missing', 'invalid', 2],
  ['worker_setting_invalid', 'invalid', 2],
  ['input_unusable', 'invalid', 1],
  ['screen_blocked', 'refused', 4],
  ['still_pending', 'transient', 8],
  ['interrupted', 'terminal', 130],
] as const)('an error with the code %s ends its command with its exit status', (code, kind, exit) => {
  expect(exitCodeOf(new SwitchyardError(code, kind, 'x'))).toBe(exit);
});

it('an error that is none of ours ends it with 1', () => {
  expect(exitCodeOf(new TypeError('x'))).toBe(1);
});
