/** The part that takes tasks and answers: the verbs, mounted on one port. */
import { grade, type SandboxOfDrivers } from '@switchyard/greenlight';
import type { PrometheusMetrics } from '../adapters/metrics/prometheus.ts';
import { createTranscriptReader } from '../adapters/postgres/read-transcripts.ts';
import { createLocalScreen } from '../adapters/screen/local-screen.ts';
import { createRemoteScreen } from '../adapters/screen/remote-screen.ts';
import { createCancel } from '../app/cancel.ts';
import { createExecutions } from '../app/executions.ts';
import { createListArms } from '../app/list-arms.ts';
import { createReadTask } from '../app/read-task.ts';
import { createReadiness } from '../app/readiness.ts';
import { createRetry } from '../app/retry.ts';
import { createRetryMany } from '../app/retry-many.ts';
import type { Schedules } from '../app/schedules.ts';
import { createSubmit } from '../app/submit.ts';
import { createSubmitBatch } from '../app/submit-batch.ts';
import { createSubmitTree } from '../app/submit-tree.ts';
import type { TreeKeeper } from '../app/tree-keeper.ts';
import type { Config } from '../config.ts';
import { createServer } from '../http/server.ts';
import type { Arm, ArmContract } from '../ports/arm.ts';
import type { Logger } from '../ports/logger.ts';
import type { RedactionKeys } from '../ports/redactions.ts';
import type { Screen } from '../ports/screen.ts';
import type { SystemOptions } from '../system.ts';
import { readVersion } from '../version.ts';
import type { Base } from './base.ts';

export function createScreen({ reflexUrl, reflexFallback }: Config, opened: AsyncDisposableStack): Screen {
  const local = createLocalScreen();
  if (reflexUrl === undefined) return local;
  const remote = createRemoteScreen({ url: reflexUrl, fallback: reflexFallback === 'local' ? local : undefined });
  opened.defer(() => remote.close());
  return remote;
}

interface ApiParts {
  readonly base: Base;
  readonly contracts: ReadonlyMap<string, ArmContract>;
  readonly arms: readonly Arm[];
  readonly screen: Screen;
  readonly redactionKeys: RedactionKeys | null;
  readonly metrics: PrometheusMetrics;
  readonly trees: TreeKeeper;
  readonly schedules: Schedules;
  readonly logger: Logger;
  /** Where the server speaks the handoff protocol. */
  readonly sandbox: SandboxOfDrivers | undefined;
}

export async function openApi(
  { config, roles }: SystemOptions,
  parts: ApiParts,
  opened: AsyncDisposableStack,
): Promise<string> {
  const { base, contracts, screen, redactionKeys, metrics, trees, schedules, logger, sandbox } = parts;
  const { store, connection: signals } = base;
  const taking = { store, screen, redactionKeys, arms: contracts, signals, metrics };
  const submit = createSubmit(taking);
  const readTask = createReadTask({ store, keys: redactionKeys, logger });
  const taskRoutes = {
    submit,
    submitBatch: createSubmitBatch(taking),
    submitTree: createSubmitTree(taking),
    readTask,
    cancel: createCancel(store, signals, metrics, trees),
    retry: createRetry(store, signals, trees),
    retryMany: createRetryMany(store, signals),
    listArms: createListArms(contracts, store),
    arms: contracts,
    schedules,
    transcripts: createTranscriptReader(base.database),
    store,
  };
  const greenlight = sandbox && {
    run: (atom: Parameters<typeof grade>[0], signal?: AbortSignal) => grade(atom, sandbox, signal),
    executions: createExecutions(submit, readTask),
  };
  const server = await createServer({
    tasks: roles.includes('api') ? taskRoutes : undefined,
    greenlight,
    // It stores nothing, so there is nothing to redact: it reports.
    reflex: roles.includes('api') ? { piiPolicy: config.piiPolicy === 'block' ? 'block' : 'report' } : undefined,
    events: { store, signals },
    system: {
      version: readVersion(),
      checks: createReadiness({ ...base, screen, arms: parts.arms }),
      ...(sandbox && { sandboxes: () => sandbox.drivers() }),
    },
    registry: metrics.registry,
    guard: { host: config.host, corsOrigins: config.corsOrigins },
    logger,
  });
  opened.defer(() => server.close());
  const port = await server.listen(config.host, config.port);
  return `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
}
