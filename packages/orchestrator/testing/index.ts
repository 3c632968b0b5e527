// What tests of this and other packages may use. `global-setup.ts` is named by vitest.config.ts only.

export type { Engine } from './engine.ts';
export { openEngine } from './engine.ts';
export { createFreeMeter, freeBudgets } from './free-meter.ts';
export type { ArmRun, HandDrivenArm, HandDrivenArmOptions } from './hand-driven-arm.ts';
export { createHandDrivenArm } from './hand-driven-arm.ts';
export type { HandDrivenQueue } from './hand-driven-queue.ts';
export { createHandDrivenQueue, jobFor } from './hand-driven-queue.ts';
export { createHandDrivenScreen } from './hand-driven-screen.ts';
export type { Finished, HandDrivenStore } from './hand-driven-store.ts';
export { createHandDrivenStore } from './hand-driven-store.ts';
export type { LocalSignals } from './local-signals.ts';
export { createLocalSignals } from './local-signals.ts';
export { holding, matching } from './matchers.ts';
export { noSchedules } from './no-schedules.ts';
export { noTrees } from './no-trees.ts';
export { openConfiguredArm } from './open-configured-arm.ts';
export type { LogLine, RecordingLogger, RecordingMetrics } from './recorders.ts';
export { createRecordingLogger, createRecordingMetrics } from './recorders.ts';
export { silentLogger } from './silent-logger.ts';
export { makeTask } from './tasks.ts';
export type { TestDatabase, TestDatabaseOptions } from './test-database.ts';
export { createTemplateDatabase, createTestDatabase, TEMPLATE_DATABASE, testDatabase } from './test-database.ts';
export { turn } from './turn.ts';
export type { WorkFacts } from './work.ts';
export { makeWork } from './work.ts';
