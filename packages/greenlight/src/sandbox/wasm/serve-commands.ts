/** The loop of a box that waits for its commands on its event loop. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import type { BoxVerdict } from '../harness/verdict.ts';
import type { BoxCommand, BoxReply } from './box-messages.ts';
import { ProcessorTime } from './processor-time.ts';

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
 * Answers commands until the thread is ended.
 *
 * @param what in the words of a fault: `the engine`.
 */
export function serveCommands(port: MessagePort, machine: CommandMachine, what: string): void {
  const processorTime = new ProcessorTime();
  const reply = (verdict: BoxVerdict, alive: boolean) => {
    const peakMemoryMb = machine.peakMemoryMb?.();
    const usage = { cpuMs: processorTime.lap(), ...(peakMemoryMb === undefined ? {} : { peakMemoryMb }) };
    port.postMessage({ kind: 'answered', verdict, alive, usage } satisfies BoxReply, []);
  };
  const answer = async (command: BoxCommand): Promise<void> => {
    processorTime.lap();
    try {
      reply(await machine.answer(command), true);
    } catch (error) {
      const reason = `${what} broke down (${error instanceof Error ? error.message : String(error)})`;
      reply({ kind: 'lost', reason }, false);
    }
  };
  port.on('message', (command: BoxCommand) => void answer(command));
}

/** Tells the pool that this box waits for its job. */
export function tellParked(port: MessagePort): void {
  port.postMessage({ kind: 'parked' } satisfies BoxReply, []);
}
