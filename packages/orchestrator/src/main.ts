/**
 * The only place that wires: from a configuration to a running system, and back down in the opposite order.
 *
 * Whatever is opened goes on one stack; a start that fails half-way leaves nothing open.
 */
import { randomInt } from 'node:crypto';
import { SwitchyardError } from '@switchyard/core';
import { createSandbox, grade, type Sandbox } from '@switchyard/greenlight';
import { configuredProviders } from '@switchyard/probe';
import { pino } from 'pino';
import { configuredArms } from './adapters/arms/arm-contracts.ts';
import { openArm } from './adapters/arms/open-arm.ts';
import { startEmbeddedPostgres } from './adapters/embedded-postgres/index.ts';
import { createPrometheusMetrics, type PrometheusMetrics } from './adapters/metrics/prometheus.ts';
import { openModels } from './adapters/models/open-models.ts';
import { openPgBossQueue, type PgBossQueue } from './adapters/pg-boss/queue.ts';
import { createBudgetStore } from './adapters/postgres/budgets.ts';
import { type Database, openDatabase } from './adapters/postgres/database.ts';
import { createLaneLedger } from './adapters/postgres/lane-ledger.ts';
import { migrate } from './adapters/postgres/migrate.ts';
import { type NodeConnection, openNodeConnection } from './adapters/postgres/node-connection.ts';
import { createRetentionStore } from './adapters/postgres/retention.ts';
import { createPostgresStore } from './adapters/postgres/store.ts';
import { createTranscriptStore } from './adapters/postgres/transcripts.ts';
import { createTreeStore } from './adapters/postgres/trees.ts';
import { createLocalScreen } from './adapters/screen/local-screen.ts';
import { createRemoteScreen } from './adapters/screen/remote-screen.ts';
import { startAnnouncing } from './app/announce.ts';
import { boundStops } from './app/bound-stops.ts';
import { createCancel } from './app/cancel.ts';
import { type Dispatcher, startDispatcher } from './app/dispatcher.ts';
import { createExecutions } from './app/executions.ts';
import { createListArms } from './app/list-arms.ts';
import { createReadiness } from './app/readiness.ts';
import { startRetention } from './app/retention.ts';
import { createRetry } from './app/retry.ts';
import { createRetryMany } from './app/retry-many.ts';
import { createSubmit } from './app/submit.ts';
import { createSubmitBatch } from './app/submit-batch.ts';
import { createSubmitTree } from './app/submit-tree.ts';
import { startSweep } from './app/sweep.ts';
import { createTreeKeeper, type TreeKeeper } from './app/tree-keeper.ts';
import { armLimitsOf } from './arm-limits-of.ts';
import type { Config } from './config.ts';
import { placeOf, reasonOf } from './database-words.ts';
import type { ArmLimits } from './domain/arm-limits.ts';
import { ArmUnknown, DatabaseEnded, DatabaseUnreachable } from './errors.ts';
import { checkBind, createServer } from './http/server.ts';
import type { Arm, ArmContract, ConfiguredArm, OpenedArm } from './ports/arm.ts';
import { DatabaseUnavailable } from './ports/errors.ts';
import type { Logger } from './ports/logger.ts';
import type { Screen } from './ports/screen.ts';
import type { NodeIdentity, Store } from './ports/store.ts';
import { createReload } from './reload.ts';
import type { System, SystemOptions } from './system.ts';
import { describeParts } from './system-parts.ts';
import { readVersion } from './version.ts';
import { createWorkingArms, type PreparedArms, type WorkingArms } from './working-arms.ts';

const STOP_DEADLINE_MS = 10_000;
const LARGEST_NODE_ID = 2 ** 31 - 1;

/**
 * @throws SwitchyardError with a message for people: the data directory is in use, the port is taken, the database does
 * not answer, the configuration names what is not there
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { config, roles, logger = defaultLogger(config) } = options;
  const opened = new AsyncDisposableStack();
  try {
    const configured = configuredArms(config.arms);
    const contracts = new Map([...configured].map(([name, { contract }]) => [name, contract]));
    const chosen = chooseArms(configured, options);
    if (roles.some((role) => role !== 'worker')) await checkBind(config.host, config.port);
    const limits = new Map(armLimitsOf(config.arms));
    const base = await openBase(options, [...contracts.keys()], limits, logger, opened);
    const metrics = createPrometheusMetrics(() => base.store.backlog());
    const trees = createTreeKeeper({
      trees: createTreeStore(base.database),
      signals: base.connection,
      metrics,
      logger,
    });
    opened.defer(() => trees.idle());
    const work = { stopWithinMs: STOP_DEADLINE_MS };
    const speaksGreenlight = roles.includes('greenlight') || (roles.includes('api') && config.greenlightEnabled);
    const worksFor = roles.includes('worker') ? chosen : [];
    const sandbox = speaksGreenlight || worksFor.includes('greenlight') ? await openSandbox(config, opened) : undefined;
    const isChosen = (name: string): boolean =>
      roles.includes('worker') && (options.arms === undefined || options.arms.length === 0 || chosen.includes(name));
    const working = openArms(isChosen, { options, base, logger, sandbox }, opened);
    const { arms } = working;
    const prepared = await working.prepare(configured);
    const retention = startRetention({
      store: createRetentionStore(base.database),
      keep: config.retention,
      metrics,
      logger,
    });
    opened.defer(() => retention.stop());
    const lanes = roles.includes('worker')
      ? openWorker({ arms, prepared, contracts, base, metrics, trees, logger }, opened, work)
      : null;
    const { queue } = base;
    const reloading = createReload({
      config,
      configure: configuredArms,
      contracts,
      limits,
      working,
      lanes,
      ensureQueues: (names) => queue.ensure(names),
    });
    const screen = createScreen(config);
    const api = {
      base,
      contracts,
      arms,
      screen,
      metrics,
      trees,
      logger,
      sandbox: speaksGreenlight ? sandbox : undefined,
    };
    const url = roles.some((role) => role !== 'worker') ? await openApi(options, api, opened) : null;
    const resources = opened.move();
    let stopped: Promise<void> | undefined;
    return {
      url,
      databaseUrl: base.databaseUrl,
      parts: describeParts({
        ...base,
        url,
        screen,
        contracts,
        arms,
        speaks: [roles.includes('api'), speaksGreenlight],
        config,
        providers: configuredProviders(options.env ?? {}).map(({ title }) => title),
      }),
      failed: base.failed,
      reload: (next) => reloading.reload(next),
      stop: ({ deadlineMs = STOP_DEADLINE_MS } = {}) => {
        work.stopWithinMs = deadlineMs;
        stopped ??= reloading.idle().then(() => resources.disposeAsync());
        return stopped;
      },
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

function defaultLogger(config: Config): Logger {
  return pino({ level: config.logLevel, base: null }, pino.destination({ fd: 2, sync: true }));
}

interface Base {
  readonly databaseUrl: string;
  readonly databaseDetail: string;
  readonly failed: Promise<SwitchyardError>;
  readonly database: Database;
  readonly queue: PgBossQueue;
  readonly connection: NodeConnection;
  readonly store: Store;
  readonly node: NodeIdentity;
}

/** Database, schema, queue, signals: what every role stands on. */
async function openBase(
  options: SystemOptions,
  arms: readonly string[],
  limits: ReadonlyMap<string, ArmLimits>,
  logger: Logger,
  opened: AsyncDisposableStack,
): Promise<Base> {
  const found = await findDatabase(options, logger, opened);
  const node: NodeIdentity = { id: randomInt(1, LARGEST_NODE_ID), pid: process.pid };
  const database = openDatabase({
    url: found.databaseUrl,
    applicationName: 'switchyard',
    onIdleError: (error) => logger.debug({ error: error.message }, 'an idle database connection was lost'),
  });
  opened.defer(() => database.close());
  try {
    await migrate(database);
    const queue = await openPgBossQueue({ url: found.databaseUrl, arms, logger });
    opened.defer(() => queue.close());
    const connection = await openNodeConnection({ url: found.databaseUrl, node, logger });
    opened.defer(() => connection.close());
    return {
      ...found,
      database,
      queue,
      connection,
      store: createPostgresStore(database, {
        limits,
        keySeconds: options.config.retention.idempotencyKeys,
      }),
      node,
    };
  } catch (error) {
    if (error instanceof SwitchyardError && !(error instanceof DatabaseUnavailable)) throw error;
    throw new DatabaseUnreachable(placeOf(found.databaseUrl), reasonOf(error), { cause: error });
  }
}

async function findDatabase(
  { config, signal, env }: SystemOptions,
  logger: Logger,
  opened: AsyncDisposableStack,
): Promise<Pick<Base, 'databaseUrl' | 'databaseDetail' | 'failed'>> {
  if (config.databaseUrl !== undefined) {
    return {
      databaseUrl: config.databaseUrl,
      databaseDetail: `PostgreSQL at ${placeOf(config.databaseUrl)}`,
      failed: new Promise(() => undefined),
    };
  }
  const postgres = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    onLog: (line) => logger.info({}, line),
    ...(signal === undefined ? {} : { signal }),
    ...(env === undefined ? {} : { env }),
  });
  opened.defer(() => postgres.stop());
  return {
    databaseUrl: postgres.databaseUrl,
    databaseDetail: `embedded PostgreSQL ${postgres.version} in ${postgres.dataDir}`,
    failed: postgres.exited.then(({ code, lastLines }) => new DatabaseEnded(code, lastLines)),
  };
}

function chooseArms(configured: ReadonlyMap<string, ConfiguredArm>, { arms }: SystemOptions): readonly string[] {
  for (const name of arms ?? []) if (!configured.has(name)) throw new ArmUnknown(name, [...configured.keys()]);
  return arms === undefined || arms.length === 0 ? [...configured.keys()] : arms;
}

/** One for the arm and for what is answered directly: they share its line and its boxes. */
async function openSandbox({ greenlightDriver: driver }: Config, opened: AsyncDisposableStack): Promise<Sandbox> {
  const sandbox = await createSandbox({ driver });
  opened.defer(() => sandbox.close());
  return sandbox;
}

interface ArmParts {
  readonly options: SystemOptions;
  readonly base: Base;
  readonly logger: Logger;
  readonly sandbox: Sandbox | undefined;
}

/** The arms of this process; none yet. */
function openArms(
  isChosen: (name: string) => boolean,
  { options, base, logger, sandbox }: ArmParts,
  opened: AsyncDisposableStack,
): WorkingArms {
  const { config, env = {} } = options;
  const ledger = createLaneLedger(base.database, base.node.id);
  const models = openModels({ scriptFile: config.scriptFile, env, ledger, logger });
  opened.defer(() => models.close());
  const transcripts = createTranscriptStore(base.database);
  const open = async (configured: ConfiguredArm): Promise<OpenedArm> => {
    const one = await openArm(configured, { ...models, logger, env, sandbox, transcripts });
    return { arm: boundStops(one.arm, { logger }), close: () => one.close() };
  };
  const working = createWorkingArms({ isChosen, open, logger });
  opened.defer(() => working.close());
  return working;
}

function createScreen(config: Config): Screen {
  const local = createLocalScreen({ piiPolicy: config.piiPolicy });
  if (config.reflexUrl === undefined) return local;
  const fallback = config.reflexFallback === 'local' ? local : undefined;
  return createRemoteScreen({ url: config.reflexUrl, piiPolicy: config.piiPolicy, fallback });
}

interface WorkerParts {
  /** Live: a reload changes them. */
  readonly arms: readonly Arm[];
  readonly prepared: PreparedArms;
  readonly contracts: ReadonlyMap<string, ArmContract>;
  readonly base: Base;
  readonly metrics: PrometheusMetrics;
  readonly trees: TreeKeeper;
  readonly logger: Logger;
}

function openWorker(
  { arms, prepared, contracts, base, metrics, trees, logger }: WorkerParts,
  opened: AsyncDisposableStack,
  work: { readonly stopWithinMs: number },
): Dispatcher {
  const { store, queue, connection, node } = base;
  const sweep = startSweep({ store, queue, signals: connection, trees, logger });
  opened.defer(() => sweep.stop());
  const dispatcher = startDispatcher({
    arms: [],
    contracts,
    store,
    queue,
    signals: connection,
    metrics,
    logger,
    node,
    budgets: createBudgetStore(base.database),
    onEnded: (task) => trees.ended(task),
    onExceeded: (budget) => trees.exceed(budget),
  });
  prepared.putInPlace(dispatcher);
  const announcing = startAnnouncing({ store, node, arms: () => arms, logger });
  opened.defer(() => announcing.stop());
  opened.defer(() => dispatcher.stop(work.stopWithinMs));
  return dispatcher;
}

interface ApiParts {
  readonly base: Base;
  readonly contracts: ReadonlyMap<string, ArmContract>;
  readonly arms: readonly Arm[];
  readonly screen: Screen;
  readonly metrics: PrometheusMetrics;
  readonly trees: TreeKeeper;
  readonly logger: Logger;
  /** Where the server speaks the handoff protocol. */
  readonly sandbox: Sandbox | undefined;
}

async function openApi(
  { config, roles }: SystemOptions,
  parts: ApiParts,
  opened: AsyncDisposableStack,
): Promise<string> {
  const { base, contracts, screen, metrics, trees, logger, sandbox } = parts;
  const { store, connection: signals } = base;
  const submit = createSubmit({ store, screen, arms: contracts, signals, metrics });
  const taskRoutes = {
    submit,
    submitBatch: createSubmitBatch({ store, screen, arms: contracts, signals, metrics }),
    submitTree: createSubmitTree({ store, screen, arms: contracts, signals, metrics }),
    cancel: createCancel(store, signals, metrics, trees),
    retry: createRetry(store, signals, trees),
    retryMany: createRetryMany(store, signals),
    listArms: createListArms(contracts, store),
    store,
  };
  const greenlight = sandbox && {
    run: (atom: Parameters<typeof grade>[0], signal?: AbortSignal) => grade(atom, sandbox, signal),
    executions: createExecutions(submit, store),
  };
  const server = await createServer({
    tasks: roles.includes('api') ? taskRoutes : undefined,
    greenlight,
    reflex: roles.includes('api') ? { piiPolicy: config.piiPolicy } : undefined,
    events: { store, signals },
    system: { version: readVersion(), checks: createReadiness({ ...base, screen, arms: parts.arms }) },
    registry: metrics.registry,
    guard: { host: config.host, corsOrigins: config.corsOrigins },
    logger,
  });
  opened.defer(() => server.close());
  const port = await server.listen(config.host, config.port);
  return `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
}
