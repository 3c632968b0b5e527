import type { Config } from '@switchyard/orchestrator';
import type { Context } from '../context.ts';
import type { Check } from '../doctor/check.ts';
import { EXIT } from '../exit-codes.ts';
import { addClientOptions, addExamples, type ClientFlags, type CommandHost } from './command-host.ts';

export function addDoctor({ program, context, action }: CommandHost): void {
  const command = program
    .command('doctor')
    .description('look at what is needed here, and say what to do about what does not work (exit status 1)');
  addExamples(addClientOptions(command), ['switchyard doctor', 'switchyard doctor --json | jq .checks']);
  command.action(
    action(async (flags: ClientFlags) => {
      const { renderCheck } = await import('../render/diagnosis.ts');
      const checks: Check[] = [];
      for await (const check of examine(flags, context)) {
        checks.push(check);
        if (!flags.json) context.print(renderCheck(check, context.style));
      }
      const healthy = checks.every(({ status }) => status !== 'failed');
      if (flags.json) context.printJson({ healthy, checks });
      else context.note(healthy ? 'all that is needed works' : 'something needed does not work: see the arrows');
      return healthy ? EXIT.done : EXIT.error;
    }),
  );
}

/** Each check as soon as it is known. */
async function* examine(flags: ClientFlags, context: Context): AsyncGenerator<Check, void, undefined> {
  const [
    { loadSettings, urlOf },
    { checkNode, checkMachine },
    { checkDataDirectory },
    { checkArms },
    { checkServer },
    { checkSandbox },
    { checkPython },
    { checkProviders },
  ] = await Promise.all([
    import('../settings.ts'),
    import('../doctor/machine.ts'),
    import('../doctor/data-directory.ts'),
    import('../doctor/arms.ts'),
    import('../doctor/server.ts'),
    import('../doctor/sandbox.ts'),
    import('../doctor/python.ts'),
    import('../doctor/providers.ts'),
  ]);
  const { config } = await loadSettings(context, { dataDir: flags.dataDir });
  yield checkNode();
  yield checkMachine();
  yield await checkDataDirectory(config.dataDir);
  yield* checkArms(config.arms, context.io.env);
  yield* await checkSandbox(context.signal);
  const { modelEnvironment } = await import('@switchyard/orchestrator/config');
  const env = modelEnvironment(config, context.io.env);
  yield await checkPython(env, context.signal);
  yield* await checkProviders(env, context.signal);
  yield await checkDatabase(config, context);
  yield* await checkServer(flags.server ?? urlOf(config), flags.server === undefined ? config : null, context.signal);
}

async function checkDatabase(config: Config, context: Context): Promise<Check> {
  if (config.databaseUrl === undefined) {
    const { checkTrialStart } = await import('../doctor/trial-start.ts');
    return checkTrialStart(config, context);
  }
  const { checkDatabaseAddress } = await import('../doctor/database-address.ts');
  return checkDatabaseAddress(config.databaseUrl, context.signal);
}
