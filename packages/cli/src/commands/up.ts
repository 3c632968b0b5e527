import { addExamples, type CommandHost } from './command-host.ts';

interface UpFlags {
  readonly port?: string;
  readonly host?: string;
  readonly dataDir?: string;
  readonly databaseUrl?: string;
  readonly logLevel?: string;
}

export function addUp({ program, context, action }: CommandHost): void {
  const command = program
    .command('up')
    .description('run everything: the API, the workers and an embedded PostgreSQL; prints "ready URL" once it serves')
    .option('--port <port>', 'port of the API, 0 for any free one (default: 8000)')
    .option('--host <address>', 'loopback address to bind to (default: 127.0.0.1)')
    .option('--data-dir <dir>', 'where everything is kept (default: .switchyard)')
    .option(
      '--database-url <url>',
      'another PostgreSQL instead of the embedded one (better set DATABASE_URL: others see arguments)',
    )
    .option('--log-level <level>', 'what is logged on stderr (default: info)');
  addExamples(command, ['switchyard up', 'switchyard up --port 9000 --data-dir /srv/switchyard']);
  command.action(
    action(async (flags: UpFlags) => {
      const [
        { loadSettings },
        { readVersion, startSystem },
        { runUntilStopped },
        { renderBanner },
        { removeServerAddress, writeServerAddress },
      ] = await Promise.all([
        import('../settings.ts'),
        import('@switchyard/orchestrator'),
        import('../run-system.ts'),
        import('../render/banner.ts'),
        import('../server-address.ts'),
      ]);
      const { config } = await loadSettings(context, { ...flags });
      const { signal, io } = context;
      const system = await startSystem({ config, roles: ['api', 'worker'], signal, env: io.env });
      // Without a data directory of its own (DATABASE_URL) there is nowhere to leave word.
      const leavesWord = config.databaseUrl === undefined && system.url !== null;
      try {
        if (leavesWord) await writeServerAddress(config.dataDir, system.url ?? '');
      } catch (error) {
        // It would run on behind the error.
        await system.stop();
        throw error;
      }
      context.note(renderBanner(system.parts, readVersion(), system.url, context.noteStyle));
      context.print(`ready ${system.url}`);
      try {
        return await runUntilStopped(context, system, async () => (await loadSettings(context, { ...flags })).config);
      } finally {
        if (leavesWord) await removeServerAddress(config.dataDir);
      }
    }),
  );
}
