import type { DemoFlags } from '../commands/demo.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
export async function runDemo(context: Context, flags: DemoFlags): Promise<ExitCode> {
  context.note(String(flags));
  return EXIT.done;
}
