import { describe, expect, it } from 'vitest';
import { JobRoom } from '../../src/sandbox/job-room.ts';
import { printed, returned, tested, valueOf } from '../../testing/index.ts';

describe('what the outcomes of a job may hold together', () => {
  it('what fits is left as it is', () => {
    const room = new JobRoom({ values: 8, characters: 20 });
    for (const outcome of [printed('some text'), returned(valueOf([1, { a: 'b' }])), returned(valueOf(null))]) {
      expect(room.hold(outcome)).toEqual(outcome);
    }
  });

  it('output is cut to what is left, and says so', () => {
    const room = new JobRoom({ values: 8, characters: 6 });
    expect(room.hold(printed('four'))).toMatchObject({ stdout: 'four', truncated: false });
    expect(room.hold(printed('four'))).toMatchObject({ stdout: 'fo', truncated: true });
    expect(room.hold(printed(''))).toMatchObject({ stdout: '', truncated: false });
  });

  it('a value with too many in it or too much text equals nothing, and takes no room from those behind it', () => {
    const room = new JobRoom({ values: 4, characters: 6 });
    expect(room.hold(returned(valueOf([1, 2, 3, 4])))).toMatchObject({ value: { type: 'opaque', name: 'list' } });
    expect(room.hold(returned(valueOf('seven…!')))).toMatchObject({ value: { type: 'opaque', name: 'string' } });
    expect(room.hold(returned(valueOf({ a: 'b' })))).toMatchObject({ value: { type: 'map' } });
  });

  it('the tests of a test file are lost where they tell too much', () => {
    const outcome = tested({ name: 'one', passed: true });
    expect(new JobRoom({ values: 0, characters: 100 }).hold(outcome)).toEqual(outcome);
    expect(new JobRoom({ values: 0, characters: 10 }).hold(outcome)).toMatchObject({ status: 'lost' });
  });
});
