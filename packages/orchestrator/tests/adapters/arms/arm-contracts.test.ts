import { describe, expect, it } from 'vitest';
import { configuredArms } from '../../../src/adapters/arms/arm-contracts.ts';
import { withTimeLimit } from '../../../src/adapters/arms/time-limit.ts';
import { boundStops } from '../../../src/app/bound-stops.ts';
import { ARM_SETTINGS } from '../../../src/contract/index.ts';
import { createHandDrivenArm, makeWork, silentLogger } from '../../../testing/index.ts';

const processArm = (different: object) =>
  ARM_SETTINGS.process.parse({ type: 'process', command: ['true'], ...different });

describe('the configured arms', () => {
  it('hold the built-in ones and each other by its name', () => {
    const arms = configuredArms({ upper: processArm({}) });
    expect([...arms.keys()]).toEqual(expect.arrayContaining(['generalist', 'greenlight', 'upper']));
    expect(arms.get('upper')?.contract).toMatchObject({ name: 'upper', screening: 'enforce', fallback: [] });
  });

  it('check an input against the schema that they were given, field by field', () => {
    const inputSchema = {
      type: 'object',
      required: ['city'],
      additionalProperties: false,
      properties: { city: { type: 'string' }, unit: { enum: ['C', 'F'] }, days: { type: 'integer', maximum: 7 } },
    };
    const contract = configuredArms({ weather: processArm({ inputSchema }) }).get('weather')?.contract;
    expect(contract?.inputSchema).toEqual(inputSchema);
    expect(contract?.checkInput({ city: 'Ulm', days: 3 })).toEqual([]);
    expect(contract?.checkInput({ unit: 'K', days: 9, 'a/b': 1 })).toEqual([
      { pointer: '/city', detail: 'is missing; it may be a string' },
      { pointer: '/a~1b', detail: 'is not a field of this input' },
      { pointer: '/unit', detail: 'must be equal to one of the allowed values: C, F; it was "K"' },
      { pointer: '/days', detail: 'must be <= 7; it was 9' },
    ]);
    expect(contract?.checkInput(null)).toEqual([{ pointer: '', detail: 'must be an object; it was null' }]);
    expect(contract?.checkInput({ city: 5, days: 'two' })).toEqual([
      { pointer: '/city', detail: 'must be a string; it was 5' },
      { pointer: '/days', detail: 'must be a whole number; it was "two"' },
    ]);
  });

  it('name what a missing field may be as far as the schema says it', () => {
    const inputSchema = {
      required: ['id', 'free'],
      properties: { id: { type: ['string', 'null'] }, free: {} },
    };
    const contract = configuredArms({ weather: processArm({ inputSchema }) }).get('weather')?.contract;
    expect(contract?.checkInput({})).toEqual([
      { pointer: '/id', detail: 'is missing; it may be a string or null' },
      { pointer: '/free', detail: 'is missing' },
    ]);
  });

  it('are refused with a schema that is none', () => {
    expect(() => configuredArms({ weather: processArm({ inputSchema: { type: 'strin' } }) })).toThrow(
      'arm "weather" cannot be used as configured: its inputSchema is no JSON Schema',
    );
  });
});

describe('an arm with a time limit', () => {
  it('stops an attempt that takes longer, as a failure that may pass, whatever the arm says to its signal', async () => {
    const arm = createHandDrivenArm();
    const limited = withTimeLimit(arm, 0.02);
    await expect(limited.run(makeWork())).rejects.toMatchObject({ code: 'arm_timed_out', kind: 'transient' });
    expect(arm.runs[0]?.work.signal.aborted).toBe(true);
  });

  it('that ignores it is given up, and is not asked again beside the work that may go on', async () => {
    const deaf = { ...createHandDrivenArm(), run: () => new Promise<never>(() => undefined) };
    const limited = withTimeLimit(boundStops(deaf, { logger: silentLogger, graceMs: 20 }), 0.02);
    await expect(limited.run(makeWork())).rejects.toMatchObject({ code: 'arm_unresponsive', kind: 'terminal' });
  });

  it('leaves the reason of a cancel alone, and a result that is in time', async () => {
    const arm = createHandDrivenArm();
    const limited = withTimeLimit(arm, 60);
    const cancelled = new AbortController();
    const stopped = limited.run(makeWork({ signal: cancelled.signal }));
    cancelled.abort(new Error('cancelled'));
    await expect(stopped).rejects.toThrow('cancelled');
    const done = limited.run(makeWork());
    arm.runs[1]?.finish({ result: 1 });
    expect(await done).toEqual({ result: 1 });
  });
});
