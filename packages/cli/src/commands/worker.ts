import type { Config } from '@switchyard/orchestrator';
import type { Context } from '../context.ts';
import { NoSystemToWorkFor } from '../errors.ts';
import { addExamples, type CommandHost } from './command-host.ts';

interface WorkerFlags {
  readonly arm?: readonly string[];
  readonly dataDir?: string;
  readonly databaseUrl?: string;
  readonly logLevel?: string;
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
      const [{ loadSettings }, { startSystem }, { runUntilStopped }] = await Promise.all([
        import('../settings.ts'),
        import('@switchyard/orchestrator'),
        import('../run-system.ts'),
      ]);
      const { config } = await loadSettings(context, flags);
      const { signal, io } = context;
      const system = await startSystem({
        config: await withDatabase(config, context),
        roles: ['worker'],
        signal,
        env: io.env,
        ...(arm === undefined ? {} : { arms: arm }),
      });
      for (const { name, on, detail } of system.parts) if (on) context.note(`  ${name}: ${detail}`);
      context.print(`ready worker ${process.pid}`);
      return runUntilStopped(context, system);
    }),
  );
}

/** The configured database, else that of the `up` which runs on the data directory. */
async function withDatabase(config: Config, context: Context): Promise<Config> {
  if (config.databaseUrl !== undefined) return config;
  const { readEmbeddedConnection } = await import('@switchyard/orchestrator');
  const running = await readEmbeddedConnection(config.dataDir);
  if (running === null) throw new NoSystemToWorkFor(config.dataDir);
  context.note(`working for process ${running.holder.pid ?? '(unknown)'} on ${config.dataDir}`);
  return { ...config, databaseUrl: running.databaseUrl };
}
