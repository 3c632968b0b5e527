import { addExamples, type CommandHost } from './command-host.ts';
import { type DatabaseFlags, withDatabase } from './database-of-system.ts';

interface WorkerFlags extends DatabaseFlags {
  readonly arm?: readonly string[];
}

export function addWorker({ program, context, action }: CommandHost): void {
  const command = program
    .command('worker')
    .description('work for a system that runs elsewhere; prints "ready worker PID" once it takes work')
    .option('--arm <name...>', 'only for these arms (default: all)')
    .option('--data-dir <dir>', 'data directory of a running `switchyard up` to work for (default: .switchyard)')
    .option('--database-url <url>', 'the PostgreSQL of the system (better set DATABASE_URL: others see arguments)')
    .option('--log-level <level>', 'what is logged on stderr (default: info)');
  addExamples(command, [
    'switchyard worker',
    'DATABASE_URL=postgres://db.example.org/switchyard switchyard worker --arm greenlight',
  ]);
  command.action(
    action(async ({ arm, ...flags }: WorkerFlags) => {
      const [{ loadSettings }, { startSystem }, { noteParts, runUntilStopped }] = await Promise.all([
        import('../settings.ts'),
        import('@switchyard/orchestrator'),
        import('../run-system.ts'),
      ]);
      const readConfig = async () => withDatabase((await loadSettings(context, flags)).config, context);
      const { signal, io } = context;
      const system = await startSystem({
        config: await readConfig(),
        roles: ['worker'],
        signal,
        env: io.env,
        ...(arm === undefined ? {} : { arms: arm }),
      });
      noteParts(context, system.parts);
      context.print(`ready worker ${process.pid}`);
      return runUntilStopped(context, system, readConfig);
    }),
  );
}
