import { Command, type CommanderError } from 'commander';
import { addApi } from './commands/api.ts';
import { addArms } from './commands/arms.ts';
import { addAtoms } from './commands/atoms.ts';
import { addCancel } from './commands/cancel.ts';
import type { CommandHost } from './commands/command-host.ts';
import { addConfig } from './commands/config.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addGrade } from './commands/grade.ts';
import { addGreenlight } from './commands/greenlight.ts';
import { addProbe } from './commands/probe.ts';
import { addReflex } from './commands/reflex.ts';
import { addRetry } from './commands/retry.ts';
import { addSchedules } from './commands/schedules.ts';
import { addScreen } from './commands/screen.ts';
import { addSubmit } from './commands/submit.ts';
import { addTask } from './commands/task.ts';
import { addTasks } from './commands/tasks.ts';
import { addUp } from './commands/up.ts';
import { addWatch } from './commands/watch.ts';
import { addWorker } from './commands/worker.ts';
import type { Context } from './context.ts';
import type { ExitCode } from './exit-codes.ts';

const EXAMPLES = `Examples:
  $ switchyard up                          run everything on this machine
  $ switchyard submit "Say hello" --wait   hand in a task and see what comes of it
  $ switchyard grade deck.json             grade exercises, without a server
  $ switchyard demo                        see it work, crash and go on
`;

const EXIT_STATUS = `
Exit status: 0 done, 1 error, 2 usage, 4 not allowed or blocked by the screen,
5 the work failed or was graded below 1, 8 still pending at --timeout,
130 interrupted.`;

/** All commands. What they do is loaded when one of them runs, so that the help is there at once. */
export function createProgram(context: Context, version: string, onEnd: (code: ExitCode) => void): Command {
  const { io, style } = context;
  const program = new Command('switchyard')
    .description('Hands off AI work, survives every crash in between, and brings the result back.')
    .version(version, '-V, --version')
    .exitOverride((error: CommanderError) => {
      throw error;
    })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHelpWidth: () => style.width,
      getErrHelpWidth: () => style.width,
    })
    .showHelpAfterError('(switchyard --help, or switchyard COMMAND --help, shows examples)')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', EXIT_STATUS);
  const host: CommandHost = {
    program,
    context,
    action:
      (run) =>
      async (...args) =>
        onEnd(await run(...args)),
  };
  addUp(host);
  addApi(host);
  addWorker(host);
  addGreenlight(host);
  addReflex(host);
  addSubmit(host);
  addTask(host);
  addTasks(host);
  addWatch(host);
  addCancel(host);
  addRetry(host);
  addSchedules(host);
  addArms(host);
  addGrade(host);
  addProbe(host);
  addAtoms(host);
  addScreen(host);
  addDemo(host);
  addDoctor(host);
  addConfig(host);
  return program;
}
