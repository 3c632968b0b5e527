import { addExamples, type CommandHost } from './command-host.ts';
import { type DatabaseFlags, withDatabase } from './database-of-system.ts';

interface ApiFlags extends DatabaseFlags {
  readonly port?: string;
  readonly host?: string;
}

export function addApi({ program, context, action }: CommandHost): void {
  const command = program
    .command('api')
    .description('take tasks for a system whose workers run elsewhere; prints "ready URL" once it serves')
    .option('--port <port>', 'port of the API, 0 for any free one (default: 8000)')
    .option('--host <address>', 'loopback address to bind to (default: 127.0.0.1)')
    .option('--data-dir <dir>', 'data directory of a running `switchyard up` to share (default: .switchyard)')
    .option('--database-url <url>', 'the PostgreSQL of the system (better set DATABASE_URL: others see arguments)')
    .option('--log-level <level>', 'what is logged on stderr (default: info)');
  addExamples(command, [
    'DATABASE_URL=postgres://db.example.org/switchyard switchyard api',
    'switchyard api --port 8001   # a second one beside a running `switchyard up`',
  ]);
  command.action(
    action(async (flags: ApiFlags) => {
      const [{ loadSettings }, { startSystem }, { noteParts, runUntilStopped }] = await Promise.all([
        import('../settings.ts'),
        import('@switchyard/orchestrator'),
        import('../run-system.ts'),
      ]);
      const readConfig = async () => withDatabase((await loadSettings(context, { ...flags })).config, context);
      const { signal, io } = context;
      const system = await startSystem({
        config: await readConfig(),
        roles: ['api'],
        signal,
        env: io.env,
      });
      noteParts(context, system.parts);
      context.print(`ready ${system.url}`);
      return runUntilStopped(context, system, readConfig);
    }),
  );
}
