// The pool's process: forked by pool-process-handle.ts, ends when the channel to its parent closes.
import { messageOf } from '@switchyard/core';
import { BoxPool } from './box-pool.ts';
import { loadBlueprint } from './load-blueprint.ts';
import { isPoolRequest, type PoolReply, type PoolRequest, poolSettingsIn } from './messages.ts';
import { runJob } from './run-job.ts';

// A parent that was killed closes the channel as one that ended does.
process.on('disconnect', () => process.exit(0));

// A Ctrl-C or a supervisor's SIGTERM reaches the whole process group; the parent may still be draining its runs.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

/** For how long changes in how many boxes wait are gathered before the parent is told, milliseconds: each run makes two. */
const TELL_MS = 20;

function serve(): void {
  const settings = poolSettingsIn(process.argv[2]);
  const running = new Map<number, AbortController>();
  const reply = (message: PoolReply) => {
    // A parent that is gone needs no answer; the disconnect ends this process.
    if (process.connected) process.send?.(message);
  };
  const pool = loadBlueprint().then((blueprint) => {
    let isToldSoon = false;
    const changed = (): void => {
      if (isToldSoon) return;
      isToldSoon = true;
      setTimeout(() => {
        isToldSoon = false;
        reply({ kind: 'status', parked: boxes.parked });
      }, TELL_MS);
    };
    const boxes: BoxPool = new BoxPool(blueprint, settings, changed);
    boxes.refill();
    return boxes;
  });
  pool.catch((error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(1);
  });

  const run = async (request: Extract<PoolRequest, { kind: 'run' }>) => {
    const controller = new AbortController();
    running.set(request.id, controller);
    try {
      const boxes = await pool;
      const result = await runJob(boxes, request.job, controller.signal);
      reply({ kind: 'ran', id: request.id, run: result });
    } catch (error) {
      reply({ kind: 'failed', id: request.id, reason: messageOf(error) });
    } finally {
      running.delete(request.id);
      void pool.then((boxes) => boxes.refill());
    }
  };

  process.on('message', (message: unknown) => {
    if (!isPoolRequest(message)) return;
    if (message.kind === 'run') void run(message);
    else running.get(message.id)?.abort(new Error('cancelled'));
  });
}

serve();
