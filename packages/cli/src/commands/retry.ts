import type { RetryRequest } from '@switchyard/orchestrator/contract';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Connection } from '../server.ts';
import { addClientOptions, addExamples, type ClientFlags, type CommandHost } from './command-host.ts';

/** What the fields of a request were made of. */
const WORDS = { '/arm': '--arm', '/code': '--code', '/since': '--since' };

interface RetryFlags extends ClientFlags {
  readonly all?: boolean;
  readonly arm?: string;
  readonly code?: string;
  readonly since?: string;
  readonly dryRun?: boolean;
}

export function addRetry({ program, context, action }: CommandHost): void {
  const command = program
    .command('retry [id]')
    .description('try a failed task again, or many')
    .option('--all', 'all that have failed; the options below narrow it, and may stand without it')
    .option('--arm <name>', 'only those of this arm')
    .option('--code <code>', 'only those that failed with this error code')
    .option('--since <time>', 'only those that failed since then, as 2026-01-31T09:00:00Z')
    .option('--dry-run', 'only count them, by the code of their error');
  addExamples(addClientOptions(command), [
    'switchyard retry 6f1f0c1e-6a0e-4f43-9d5b-0a3f5f0e8d11',
    'switchyard retry --all --dry-run',
    'switchyard retry --arm summaries --code RATE_LIMIT',
  ]);
  command.action(
    action(async (id: string | undefined, flags: RetryFlags) => {
      const { withServer } = await import('../server.ts');
      const wanted = wantedOf(id, flags);
      const { inWords } = await import('../wrong-words.ts');
      return withServer(context, flags, ['api'], (connection) =>
        wanted.kind === 'one'
          ? retryOne(context, connection, wanted.id, flags)
          : inWords(WORDS, () => retryMany(context, connection, wanted.request, flags)),
      );
    }),
  );
}

type Wanted = { readonly kind: 'one'; readonly id: string } | { readonly kind: 'many'; readonly request: RetryRequest };

function wantedOf(id: string | undefined, { all, arm, code, since, dryRun }: RetryFlags): Wanted {
  const isMany = all === true || [arm, code, since].some((value) => value !== undefined);
  if (id !== undefined && isMany) throw new UsageError('give one id, or --all, --arm, --code and --since, not both');
  if (isMany) {
    const request = { status: 'failed', arm, code, since, dry_run: dryRun ?? false } as const;
    return { kind: 'many', request };
  }
  if (dryRun) throw new UsageError('--dry-run counts many: give --all, --arm, --code or --since');
  if (id === undefined) throw new UsageError('name a task by its id, or many by --all, --arm, --code or --since');
  return { kind: 'one', id };
}

async function retryOne(
  context: Context,
  { api, signal, own }: Connection,
  id: string,
  flags: RetryFlags,
): Promise<ExitCode> {
  await api.retry(id, signal);
  if (own) context.note('nothing works on it until a server runs: switchyard up');
  const task = await api.task(id, signal);
  if (flags.json) context.printJson(task);
  else context.print(`${id} ${task.status}`);
  return EXIT.done;
}

/** Calls until nothing of what had failed at the first call remains. */
async function retryMany(
  context: Context,
  { api, signal, own }: Connection,
  request: RetryRequest,
  { json }: RetryFlags,
): Promise<ExitCode> {
  let answer = await api.retryMany(request, signal);
  let { retried } = answer;
  while (!request.dry_run && answer.retried > 0 && answer.remaining > 0) {
    context.note(`${retried} queued again, ${answer.remaining} to go`);
    answer = await api.retryMany({ ...request, before: answer.before }, signal);
    retried += answer.retried;
  }
  if (json) context.printJson({ ...answer, retried });
  else if (request.dry_run) printCounts(context, answer.remaining, answer.remaining_by_code);
  else context.print(`${retried} queued again`);
  if (own && retried > 0) context.note('nothing works on them until a server runs: switchyard up');
  return EXIT.done;
}

function printCounts(context: Context, total: number, byCode: { readonly [code: string]: number }): void {
  context.print(`${total} would be tried again`);
  for (const [code, count] of Object.entries(byCode)) context.print(`  ${count} ${code}`);
}
