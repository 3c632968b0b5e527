// What tests of this and other packages may use. `global-setup.ts` is named by vitest.config.ts only.

export type { Engine } from './engine.ts';
export { openEngine } from './engine.ts';
export { silentLogger } from './silent-logger.ts';
export type { TestDatabase, TestDatabaseOptions } from './test-database.ts';
export { createTemplateDatabase, createTestDatabase, TEMPLATE_DATABASE, testDatabase } from './test-database.ts';
