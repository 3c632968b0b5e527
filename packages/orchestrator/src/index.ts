// What the cli may use. Ports, adapters and routes stay private: a system is started whole.
export { readEmbeddedConnection } from './adapters/embedded-postgres/index.ts';
export { ConfigInvalid, listSettings, loadConfig, LOG_LEVELS } from './config.ts';
export { startSystem } from './main.ts';
export { readVersion } from './version.ts';

export type { EmbeddedConnection } from './adapters/embedded-postgres/index.ts';
export type { Config, ConfigFlags, ListedSetting, LoadConfigOptions, LoadedConfig, Origin, SettingName } from './config.ts';
export type { Role, System, SystemOptions, SystemPart } from './main.ts';
