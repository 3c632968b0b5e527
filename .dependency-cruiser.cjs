// The import rules of ARCHITECTURE.md. tests/import-rules.test.ts plants a violation of each rule and expects its name here.

/** Packages of ours that each package may import. */
const allowed = {
  core: [],
  reflex: ['core'],
  greenlight: ['core'],
  probe: ['core'],
  study: ['core', 'greenlight'],
  orchestrator: ['core', 'reflex', 'greenlight', 'probe', 'study'],
  cli: ['core', 'reflex', 'greenlight', 'probe', 'study', 'orchestrator'],
  dashboard: ['orchestrator'],
};

const packageRules = Object.entries(allowed).map(([name, may]) => ({
  name: `package-${name}`,
  comment: `${name} may import of ours only: ${may.join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: `^packages/${name}/` },
  to: { path: '^packages/', pathNot: `^packages/(${[name, ...may].join('|')})/` },
}));

/** Layers inside orchestrator/src; each may import itself and what is listed. */
const layers = {
  contract: [],
  domain: ['contract'],
  ports: ['domain', 'contract'],
  app: ['ports', 'domain', 'contract'],
  adapters: ['app', 'ports', 'domain', 'contract'],
  http: ['app', 'ports', 'domain', 'contract'],
};

const layerRules = Object.entries(layers).map(([name, may]) => ({
  name: `layer-${name}`,
  comment: `orchestrator/src/${name} may import of its siblings only: ${may.join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: `^packages/orchestrator/src/${name}/` },
  to: { path: '^packages/orchestrator/src/', pathNot: `^packages/orchestrator/src/(${[name, ...may].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...packageRules,
    ...layerRules,
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-deep-import',
      comment: 'another package is imported by its exports, never by a path into its folder',
      severity: 'error',
      from: { path: '^(?:packages/([^/]+)|bench|scripts|tests)/' },
      to: {
        path: '^packages/([^/]+)/',
        pathNot: [
          '^packages/$1/',
          '^packages/[^/]+/(src|testing)/index\\.ts$',
          '^packages/orchestrator/src/contract/index\\.ts$',
          // Read on its own: a command that asks a running server needs the port, not the server's code.
          '^packages/orchestrator/src/config\\.ts$',
        ],
      },
    },
    {
      name: 'dashboard-contract-only',
      comment: 'the dashboard knows the wire types only',
      severity: 'error',
      from: { path: '^packages/dashboard/' },
      to: { path: '^packages/orchestrator/', pathNot: '^packages/orchestrator/src/contract/index\\.ts$' },
    },
    {
      name: 'contract-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^packages/orchestrator/src/contract/' },
      to: { path: '^packages/', pathNot: '^packages/orchestrator/src/contract/' },
    },
    {
      name: 'domain-is-pure',
      comment: 'no I/O in domain: no node built-ins, no third-party packages',
      severity: 'error',
      from: { path: '^packages/orchestrator/src/domain/' },
      to: {
        dependencyTypes: [
          'core',
          'npm',
          'npm-dev',
          'npm-optional',
          'npm-peer',
          'npm-bundled',
          'npm-no-pkg',
          'npm-unknown',
        ],
      },
    },
    {
      name: 'only-main-wires',
      comment: 'adapters and http meet in main.ts with its parts in main/ (and index.ts, which re-exports it) only',
      severity: 'error',
      from: {
        path: '^packages/orchestrator/src/',
        pathNot: ['^packages/orchestrator/src/(main|index)\\.ts$', '^packages/orchestrator/src/(main|adapters|http)/'],
      },
      to: { path: '^packages/orchestrator/src/(adapters|http)/' },
    },
    {
      name: 'parts-of-main',
      comment: 'what lies in main/ is opened by main.ts only',
      severity: 'error',
      from: {
        path: '^packages/',
        pathNot: ['^packages/orchestrator/src/main\\.ts$', '^packages/orchestrator/src/main/'],
      },
      to: { path: '^packages/orchestrator/src/main/' },
    },
    {
      name: 'source-does-not-import-tests',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      to: { path: '^packages/[^/]+/(tests|testing)/' },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
