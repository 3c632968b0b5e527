import { describe, expect, it } from 'vitest';
import { createProgressReporter } from '../../src/app/progress.ts';
import type { JsonValue } from '../../src/contract/index.ts';
import { createLocalSignals, createRecordingLogger, jobFor, turn } from '../../testing/index.ts';

function openReporter(answer: (progress: JsonValue) => Promise<boolean>) {
  const signals = createLocalSignals();
  const logger = createRecordingLogger();
  const written: JsonValue[] = [];
  const progress = async (_attempt: unknown, report: JsonValue): Promise<boolean> => {
    written.push(report);
    return answer(report);
  };
  const attempt = { taskId: 't', attempt: 1, job: jobFor('t') };
  return {
    reporter: createProgressReporter(attempt, { store: { progress }, signals, logger }),
    written,
    signals,
    logger,
  };
}

describe('progress reports', () => {
  it('are written at once and told', async () => {
    const { reporter, written, signals } = openReporter(async () => true);
    reporter.report({ done: 1 });
    await reporter.close();
    expect(written).toEqual([{ done: 1 }]);
    expect(signals.published).toEqual([{ topic: 'task', key: 't' }]);
  });

  it('that come during a write are dropped but for the newest', async () => {
    const gate = Promise.withResolvers<boolean>();
    const { reporter, written } = openReporter(() => gate.promise);
    for (let done = 1; done <= 100; done += 1) reporter.report(done);
    gate.resolve(true);
    await turn();
    expect(written).toEqual([1, 100]);
    await reporter.close();
  });

  it('are kept as they were when they were made, and made storable', async () => {
    const gate = Promise.withResolvers<boolean>();
    const { reporter, written } = openReporter(() => gate.promise);
    reporter.report('first');
    const report = { done: 'half \u0000' };
    reporter.report(report);
    report.done = 'changed since';
    gate.resolve(true);
    await turn();
    expect(written).toEqual(['first', { done: 'half \uFFFD' }]);
    await reporter.close();
  });

  it('that are larger than news may be are dropped, which is said once', async () => {
    const { reporter, written, logger } = openReporter(async () => true);
    for (const size of [100, 65_000, 70_000, 1_000_000, 200]) {
      reporter.report({ text: 'x'.repeat(size) });
      await turn();
    }
    await reporter.close();
    expect(written.map((report) => JSON.stringify(report).length)).toEqual([111, 65_011, 211]);
    expect(logger.lines).toMatchObject([{ level: 'warn', facts: { task: 't' } }]);
  });

  it('are not told when the attempt is no longer the current one', async () => {
    const { reporter, signals } = openReporter(async () => false);
    reporter.report(1);
    await reporter.close();
    expect(signals.published).toEqual([]);
  });

  it('that cannot be written are dropped with a word in the log, and later ones are written', async () => {
    const { reporter, written, logger } = openReporter(async (report) => {
      if (report === 1) throw new Error('away');
      return true;
    });
    reporter.report(1);
    await turn();
    reporter.report(2);
    await reporter.close();
    expect(written).toEqual([1, 2]);
    expect(logger.lines.map((line) => line.message)).toEqual(['a progress report was dropped']);
  });

  it('end with close, which waits for the write in flight', async () => {
    const gate = Promise.withResolvers<boolean>();
    const { reporter, written } = openReporter(() => gate.promise);
    reporter.report(1);
    reporter.report(2);
    let closed = false;
    const closing = reporter.close().then(() => {
      closed = true;
    });
    reporter.report(3);
    await turn();
    expect(closed).toBe(false);
    gate.resolve(true);
    await closing;
    expect(written).toEqual([1]);
  });
});
