import { addExamples, type CommandHost } from './command-host.ts';

interface GreenlightFlags {
  readonly port?: string;
  readonly host?: string;
  readonly dataDir?: string;
  readonly databaseUrl?: string;
  readonly logLevel?: string;
}

export function addGreenlight({ program, context, action }: CommandHost): void {
  const command = program
    .command('greenlight')
    .description('serve the handoff protocol alone: run and grade code exercises; prints "ready URL" once it serves')
    .option('--port <port>', 'port, 0 for any free one (default: 8000)')
    .option('--host <address>', 'loopback address to bind to (default: 127.0.0.1)')
    .option('--data-dir <dir>', 'where queued executions are kept (default: .switchyard)')
    .option('--database-url <url>', 'another PostgreSQL for them (better set DATABASE_URL: others see arguments)')
    .option('--log-level <level>', 'what is logged on stderr (default: info)');
  addExamples(command, [
    'switchyard greenlight --port 8080',
    'DATABASE_URL=postgres://db.example.org/switchyard switchyard greenlight',
    "curl -s localhost:8080/greenlight/run-atom -H 'content-type: application/json' -d @atom.json",
  ]);
  command.action(
    action(async (flags: GreenlightFlags) => {
      const [{ loadSettings }, { startSystem }, { noteParts, runUntilStopped }] = await Promise.all([
        import('../settings.ts'),
        import('@switchyard/orchestrator'),
        import('../run-system.ts'),
      ]);
      const { config } = await loadSettings(context, { ...flags });
      const system = await startSystem({
        config,
        roles: ['greenlight', 'worker'],
        arms: ['greenlight'],
        signal: context.signal,
        env: context.io.env,
      });
      noteParts(context, system.parts);
      context.print(`ready ${system.url}`);
      return runUntilStopped(context, system);
    }),
  );
}
