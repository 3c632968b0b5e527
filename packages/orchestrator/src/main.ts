/**
 * The only place that wires: from a configuration to a running system, and back down in the opposite order. Each part is
 * opened by a file of `main/`, which nothing else imports.
 *
 * Whatever is opened goes on one stack; a start that fails half-way leaves nothing open.
 */
import { configuredProviders } from '@switchyard/probe';
import { pino } from 'pino';
import { configuredArms } from './adapters/arms/arm-contracts.ts';
import { createPrometheusMetrics } from './adapters/metrics/prometheus.ts';
import { createRetentionStore } from './adapters/postgres/retention.ts';
import { createTreeStore } from './adapters/postgres/trees.ts';
import { SecretKeyMissing } from './adapters/secret-keys/secret-key.ts';
import { startRetention } from './app/retention.ts';
import { createTreeKeeper } from './app/tree-keeper.ts';
import { armLimitsOf } from './arm-limits-of.ts';
import type { Config } from './config.ts';
import { createScreen, openApi } from './main/api.ts';
import { chooseArms, openArms, openSandbox } from './main/arms.ts';
import { openBase } from './main/base.ts';
import { checkPlace } from './main/check-place.ts';
import { openRedactionKeys, redactingArms } from './main/redaction.ts';
import { openSchedules } from './main/schedules.ts';
import { openWorker } from './main/worker.ts';
import type { Logger } from './ports/logger.ts';
import { createReload } from './reload.ts';
import type { System, SystemOptions } from './system.ts';
import { describeParts } from './system-parts.ts';

const STOP_DEADLINE_MS = 10_000;

/**
 * @throws SwitchyardError with a message for people: the data directory is in use, the port is taken, the database does
 * not answer, the configuration names what is not there
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { config, roles, logger = defaultLogger(config) } = options;
  const opened = new AsyncDisposableStack();
  try {
    const configure = (arms: Config['arms']) => configuredArms(arms, config.piiPolicy);
    const configured = configure(config.arms);
    const contracts = new Map([...configured].map(([name, { contract }]) => [name, contract]));
    const chosen = chooseArms(configured, options);
    const takesTasks = roles.some((role) => role !== 'worker');
    if (takesTasks) await checkPlace(config);
    const limits = new Map(armLimitsOf(config.arms));
    const base = await openBase(options, [...contracts.keys()], limits, logger, opened);
    const redactionKeys = takesTasks ? await openRedactionKeys(config, contracts.values()) : null;
    const screen = createScreen(config, opened);
    const metrics = createPrometheusMetrics(
      () => base.store.backlog(),
      () => screen.calls?.(),
    );
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
      configure: (arms) => {
        const next = configure(arms);
        const redacting = redactingArms([...next.values()].map(({ contract }) => contract));
        if (takesTasks && redactionKeys === null && redacting.length > 0) throw new SecretKeyMissing(redacting);
        return next;
      },
      contracts,
      limits,
      working,
      lanes,
      ensureQueues: (names) => queue.ensure(names),
    });
    const ticks = options.schedules !== false && roles.includes('api');
    const schedules = openSchedules({ base, contracts, screen, redactionKeys, metrics, trees, logger }, opened, ticks);
    const api = {
      base,
      contracts,
      arms,
      screen,
      redactionKeys,
      metrics,
      trees,
      schedules,
      logger,
      sandbox: speaksGreenlight ? sandbox : undefined,
    };
    const url = takesTasks ? await openApi(options, api, opened) : null;
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
