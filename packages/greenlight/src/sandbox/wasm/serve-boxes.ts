/** The loop of a thread whose boxes wait for their commands on its event loop. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import type { BoxVerdict } from '../harness/verdict.ts';
import type { BoxCommand, BoxOrder, BoxReply } from './box-messages.ts';
import { beginCommand, outputIn } from './output.ts';
import { ThreadTime } from './thread-time.ts';

export interface CommandMachine {
  answer(command: BoxCommand): BoxVerdict | Promise<BoxVerdict>;
  /** Most memory that it has had, MiB. Not of one whose memory is the thread's own heap. */
  peakMemoryMb?(): number;
}

/** The port to the pool. Throws when this thread is none of the pool's. */
export function poolPort(): MessagePort {
  if (parentPort === null) throw new Error('a box starts as a worker of the pool');
  return parentPort;
}

/**
 * Hosts boxes until the thread is ended: starts a machine when told, and answers its commands, one after the other.
 *
 * @param start a machine that is ready for its job, with `memoryMb` MiB at most.
 * @param what in the words of a fault: `the engine`.
 */
export function serveBoxes(
  port: MessagePort,
  start: (memoryMb: number) => CommandMachine | Promise<CommandMachine>,
  what: string,
): void {
  const time = new ThreadTime();
  let machine: CommandMachine | undefined;
  let before = Promise.resolve();
  const reply = (verdict: BoxVerdict, alive: boolean, room: SharedArrayBuffer) => {
    const peakMemoryMb = machine?.peakMemoryMb?.();
    const { wallMs, cpuMs, threadCpuMs } = time.spent;
    const usage = { cpuMs, ...(peakMemoryMb === undefined ? {} : { peakMemoryMb }) };
    const output = outputIn(room);
    port.postMessage({ kind: 'answered', verdict, alive, output, wallMs, threadCpuMs, usage } satisfies BoxReply, []);
  };
  const answer = async (command: BoxCommand): Promise<void> => {
    time.start();
    beginCommand(command.output);
    try {
      if (machine === undefined) throw new Error('a command came before its box was started');
      reply(await machine.answer(command), true, command.output);
    } catch (error) {
      const reason = `${what} broke down (${error instanceof Error ? error.message : String(error)})`;
      reply({ kind: 'lost', reason }, false, command.output);
    }
  };
  const host = async (memoryMb: number): Promise<void> => {
    machine = await start(memoryMb);
    port.postMessage({ kind: 'parked' } satisfies BoxReply, []);
  };
  port.on('message', (order: BoxOrder) => {
    if (order.kind === 'start') void host(order.memoryMb);
    else if (order.kind === 'drop') machine = undefined;
    else for (const command of order.commands) before = before.then(() => answer(command));
  });
}
