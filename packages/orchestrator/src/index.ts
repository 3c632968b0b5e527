// What the cli may use. Ports, adapters and routes stay private: a system is started whole.

export type { ArmModule } from './adapters/arms/module-arm.ts';
export type { EmbeddedConnection } from './adapters/embedded-postgres/index.ts';
export { readEmbeddedConnection } from './adapters/embedded-postgres/index.ts';
export type {
  Config,
  ConfigFlags,
  ListedSetting,
  LoadConfigOptions,
  LoadedConfig,
  Origin,
  SettingName,
} from './config.ts';
export { ConfigInvalid, LOG_LEVELS, listSettings, loadConfig } from './config.ts';
export { type ModelSettings, modelEnvironment } from './config-models.ts';
export { checkBind } from './http/server.ts';
export { startSystem } from './main.ts';
export type { Reloaded } from './reload.ts';
export type { Role, System, SystemOptions } from './system.ts';
export type { SystemPart } from './system-parts.ts';
export { readVersion } from './version.ts';
