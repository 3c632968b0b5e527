import { PROVIDERS } from '@switchyard/probe';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigInvalid, type LoadConfigOptions, listSettings, loadConfig } from '../src/config.ts';
import { modelEnvironment } from '../src/config-models.ts';
import { DEFAULT_RETENTION } from '../src/domain/retention.ts';

const PROJECT = '/srv/project/switchyard.config.json';
const USER = '/home/someone/.config/switchyard/config.json';

/** A file system of exactly these files. */
function filesOf(files: { readonly [path: string]: string }): (path: string) => string {
  return (path) => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return text;
  };
}

function load(options: Partial<LoadConfigOptions> & { files?: { readonly [path: string]: string } } = {}) {
  const { files = {}, ...rest } = options;
  return loadConfig({ env: {}, cwd: '/srv/project', readFile: filesOf(files), ...rest });
}

function problemsOf(options: Parameters<typeof load>[0]): readonly string[] {
  try {
    load(options);
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.problems;
    throw error;
  }
  throw new Error('the configuration was taken');
}

describe('loadConfig', () => {
  it('has a default for all that needs a value', () => {
    const { config, origins } = load();
    expect(config).toEqual({
      port: 8000,
      host: '127.0.0.1',
      dataDir: '/srv/project/.switchyard',
      reflexFallback: 'refuse',
      corsOrigins: [],
      greenlightEnabled: true,
      greenlightDriver: 'wasm',
      retention: DEFAULT_RETENTION,
      logLevel: 'info',
      arms: {},
      workerTimeout: 300_000,
      workerDebug: false,
    });
    expect(origins).toEqual({});
  });

  it('takes a flag before the environment, before the project, before the user, before the default', () => {
    const files = { [PROJECT]: '{"port": 3}', [USER]: '{"port": 4}' };
    const home = { HOME: '/home/someone' };
    const full = load({ flags: { port: '1' }, env: { ...home, PORT: '2' }, files });
    expect([full.config.port, full.origins.port]).toEqual([1, { from: 'flag', name: '--port' }]);
    const noFlag = load({ env: { ...home, PORT: '2' }, files });
    expect([noFlag.config.port, noFlag.origins.port]).toEqual([2, { from: 'environment', name: 'PORT' }]);
    const fileOnly = load({ env: home, files });
    expect([fileOnly.config.port, fileOnly.origins.port]).toEqual([3, { from: 'project', name: PROJECT }]);
    const userOnly = load({ env: home, files: { [USER]: '{"port": 4}' } });
    expect([userOnly.config.port, userOnly.origins.port]).toEqual([4, { from: 'user', name: USER }]);
  });

  it('looks for the user file where XDG_CONFIG_HOME says, and ignores a relative one', () => {
    const files = { '/xdg/switchyard/config.json': '{"port": 5}', [USER]: '{"port": 4}' };
    expect(load({ env: { XDG_CONFIG_HOME: '/xdg', HOME: '/home/someone' }, files }).config.port).toBe(5);
    expect(load({ env: { XDG_CONFIG_HOME: 'xdg', HOME: '/home/someone' }, files }).config.port).toBe(4);
  });

  it('reads every setting from its place', () => {
    const { config } = load({
      flags: { dataDir: 'data', databaseUrl: 'postgres://u:p@h/db' },
      env: {
        HOST: '::1',
        REFLEX_URL: 'http://127.0.0.1:8081',
        REFLEX_FALLBACK: 'local',
        PII_POLICY: 'report',
        CORS_ORIGINS: 'http://localhost:5173, https://example.org',
        GREENLIGHT_ENABLED: 'off',
        GREENLIGHT_DRIVER: 'auto',
        LOG_LEVEL: 'debug',
        SWITCHYARD_RETENTION: 'tasks=12h, failed=forever',
        SWITCHYARD_SCRIPT: 'script.json',
        OPENAI_BASE_URL: 'http://127.0.0.1:9000',
        PYTHON_WORKER_TIMEOUT: '5000',
        PYTHON_WORKER_DEBUG: '1',
        PYTHON_WORKER_COMMAND: 'python3.12',
      },
      files: { [PROJECT]: '{"$schema": "x", "arms": {"greenlight": {"concurrency": 3, "screening": "enforce"}}}' },
    });
    expect(config).toEqual({
      port: 8000,
      host: '::1',
      dataDir: '/srv/project/data',
      databaseUrl: 'postgres://u:p@h/db',
      reflexUrl: 'http://127.0.0.1:8081',
      reflexFallback: 'local',
      piiPolicy: 'report',
      corsOrigins: ['http://localhost:5173', 'https://example.org'],
      greenlightEnabled: false,
      greenlightDriver: 'auto',
      retention: { ...DEFAULT_RETENTION, tasks: 12 * 3600, failed: null },
      logLevel: 'debug',
      scriptFile: '/srv/project/script.json',
      openaiBaseUrl: 'http://127.0.0.1:9000',
      workerTimeout: 5_000,
      workerDebug: true,
      pythonCommand: 'python3.12',
      arms: { greenlight: { type: 'greenlight', concurrency: 3, screening: { mode: 'enforce' }, fallback: [] } },
    });
  });

  it('starts relative paths of a file from that file', () => {
    const { config } = load({ env: { HOME: '/home/someone' }, files: { [USER]: '{"dataDir": "data"}' } });
    expect(config.dataDir).toBe('/home/someone/.config/switchyard/data');
  });

  it('takes an empty environment variable for one that is not set', () => {
    expect(load({ env: { PORT: '', DATABASE_URL: '' } }).config).toMatchObject({ port: 8000 });
  });

  it('takes a database URL without a host, as sockets have it', () => {
    const url = 'postgresql://u:secret@/db?host=%2Ftmp%2Fsock';
    const loaded = load({ env: { DATABASE_URL: url } });
    expect(loaded.config.databaseUrl).toBe(url);
    expect(listSettings(loaded).find(({ name }) => name === 'databaseUrl')?.value).toBe(
      'postgresql://u:***@/db?host=%2Ftmp%2Fsock',
    );
  });
});

describe('a bad value', () => {
  it('names itself, where it is from, what it was and what it may be', () => {
    expect(problemsOf({ flags: { port: 'http' } })).toEqual([
      '--port was "http"; it may be a whole number from 0 to 65535 (0 takes any free port)',
    ]);
    expect(problemsOf({ env: { LOG_LEVEL: 'loud' } })).toEqual([
      'LOG_LEVEL (environment) was "loud"; it may be one of: trace, debug, info, warn, error, fatal, silent',
    ]);
    expect(problemsOf({ files: { [PROJECT]: '{"arms": {"greenlight": {"concurrency": 0}}}' } })).toEqual([
      `/arms/greenlight/concurrency in ${PROJECT} was 0; it may be a whole number from 1 to 1000`,
    ]);
  });

  it('of a model provider or a worker is told before anything is called, without what may be a key in it', () => {
    const may = 'milliseconds from 1 to 2147483647';
    expect(problemsOf({ env: { PYTHON_WORKER_TIMEOUT: '5 min' } })).toEqual([
      `PYTHON_WORKER_TIMEOUT (environment) was "5 min"; it may be ${may}`,
    ]);
    expect(problemsOf({ env: { PYTHON_WORKER_TIMEOUT: '0' } })[0]).toContain(may);
    expect(problemsOf({ env: { PYTHON_WORKER_DEBUG: 'loud' } })[0]).toContain('was "loud"; it may be true or false');
    for (const { baseUrlVariable } of PROVIDERS) {
      for (const text of [
        'localhost:11434',
        'ftp://host/v1',
        'https://user:sk-secret@host/v1',
        'https://h/v1?key=sk-secret',
      ]) {
        const [problem = ''] = problemsOf({ env: { [baseUrlVariable]: text } });
        expect(problem).toContain(`${baseUrlVariable} (environment) was `);
        expect(problem).toContain('it may be an http or https URL without user, query or fragment');
        expect(problem).not.toContain('sk-secret');
      }
    }
  });

  it.each(['65536', '-1', '1.5', '0x10', ' ', '1e3'])('port %j is refused', (port) => {
    expect(problemsOf({ flags: { port } })[0]).toContain('it may be a whole number from 0 to 65535');
  });

  it.each(['0.0.0.0', '192.168.1.2', '::', 'example.org', '127.0.0.256', '127.0.0.1.example.org', 'localhost.example'])(
    'a bind to %s is refused with the reason',
    (host) => {
      expect(problemsOf({ flags: { host } })[0]).toContain('no bind beyond loopback without a token');
    },
  );

  it.each(['127.0.0.1', '127.255.255.255', '::1', 'localhost'])('a bind to %s is taken', (host) => {
    expect(load({ flags: { host } }).config.host).toBe(host);
  });

  it('of a policy says which words there are', () => {
    expect(problemsOf({ env: { PII_POLICY: 'hide' } })).toEqual([
      'PII_POLICY (environment) was "hide"; it may be block, redact or report',
    ]);
  });

  it.each([
    ['"hide"', '/arms/probe/screening', 'was "hide"; it may be enforce, report, or an object'],
    ['{"pii": "hide"}', '/arms/probe/screening/pii', 'was "hide"; it may be block, redact, report, or an object'],
    ['{"pii": {"Email": "hide"}}', '/arms/probe/screening/pii/Email', 'was "hide"; it may be block, redact or report'],
    ['{"pii": {"Emial": "block"}}', '/arms/probe/screening/pii', 'holds Emial; it may hold default, SSN, CreditCard'],
    ['{"injection": "redact"}', '/arms/probe/screening/injection', 'was "redact"; it may be block, report, or an'],
    ['{"injection": {"X": "block"}}', '/arms/probe/screening/injection', 'holds X; it may hold default, IgnorePrev'],
    ['{"hide": true}', '/arms/probe/screening', 'holds hide; it may hold mode, pii, injection'],
  ])('of the screening %s of an arm names the place and what it may be', (screening, pointer, told) => {
    const [problem = '', ...others] = problemsOf({
      files: { [PROJECT]: `{"arms": {"probe": {"screening": ${screening}}}}` },
    });
    expect(others).toEqual([]);
    expect(problem).toContain(`${pointer} in ${PROJECT} ${told}`);
  });

  it('is told together with all others', () => {
    const problems = problemsOf({
      flags: { port: 'x' },
      env: { REFLEX_FALLBACK: 'maybe', CORS_ORIGINS: 'localhost:5173', REFLEX_URL: 'ftp://h' },
      files: { [PROJECT]: '{"prot": 8000, "arms": {"Bad Name": {}}}' },
    });
    expect(problems).toHaveLength(6);
    expect(problems[0]).toContain(`prot in ${PROJECT} is not known; the names are: port, host`);
    const error = new ConfigInvalid(problems);
    expect([error.code, error.kind]).toEqual(['config_invalid', 'invalid']);
    expect(error.message).toMatch(/wrong in 6 places:\n {2}prot in/);
  });

  it('is told of a file that is no JSON, no object, or cannot be read', () => {
    expect(problemsOf({ files: { [PROJECT]: '{"databaseUrl": "postgres://u:hunter2@h/db" x' } })).toEqual([
      `${PROJECT} is not valid JSON: it goes wrong at line 1, column 45`,
    ]);
    expect(problemsOf({ files: { [PROJECT]: '[]' } })).toEqual([
      `${PROJECT} must hold a JSON object, as {"port": 8000}`,
    ]);
    const readFile = (): string => {
      throw Object.assign(new Error('denied'), { code: 'EACCES' });
    };
    expect(problemsOf({ readFile })).toEqual([`${PROJECT} cannot be read: the user who runs this has no right to it`]);
  });

  it('of an unknown setting of an arm names what there is', () => {
    expect(problemsOf({ files: { [PROJECT]: '{"arms": {"greenlight": {"paralel": 2}}}' } })).toEqual([
      `/arms/greenlight in ${PROJECT} holds paralel; it may hold type, concurrency, maxRunning, rate, screening, timeoutSeconds, retry, fallback, inputSchema`,
    ]);
  });
});

describe('a secret', () => {
  it('key is in no message and in no listing', () => {
    const key = 'ab12'.repeat(16);
    const listed = listSettings(load({ env: { SWITCHYARD_SECRET_KEY: key } }));
    expect(listed.find(({ name }) => name === 'secretKey')?.value).toBe('***');
    const problems = problemsOf({ env: { SWITCHYARD_SECRET_KEY: `${key}ab` } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^SWITCHYARD_SECRET_KEY \(environment\) was something else; it may be 32 random bytes/);
    expect(JSON.stringify([problems, listed])).not.toContain('ab12');
  });

  it('is in no message and in no listing, whatever is wrong with the URL that holds it', () => {
    const secret = fc.stringMatching(/^s3cr3t[a-z0-9]{3,12}$/);
    const url = fc.constantFrom(
      (s: string) => `mysql://user:${s}@host/db`,
      (s: string) => `postgres://user:${s}@host:99999999/db`,
      (s: string) => `user:${s}@host`,
      (s: string) => `http://host/?password=${s}`,
      (s: string) => s,
      (s: string) => `postgres://user:${s}@host/db?sslpassword=${s}`,
      (s: string) => `postgres://user:${s}@/db?host=/tmp`,
    );
    fc.assert(
      fc.property(secret, url, fc.constantFrom('DATABASE_URL', 'REFLEX_URL'), (value, make, name) => {
        let told: string;
        try {
          told = JSON.stringify(listSettings(load({ env: { [name]: make(value) } })));
        } catch (error) {
          told = error instanceof ConfigInvalid ? error.message : 'not a ConfigInvalid';
          expect(told).toContain(name);
        }
        expect(told).not.toContain(value);
      }),
    );
  });
});

describe('the URL of an http arm', () => {
  const armAt = (url: unknown) => ({ [PROJECT]: JSON.stringify({ arms: { remote: { type: 'http', url } } }) });

  it('takes no user and no password, which would not be sent', () => {
    const problems = problemsOf({ files: armAt('https://me:s3cr3t@arm.example.org/tasks') });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^\/arms\/remote\/url in .* was .*; it may be .*tokenEnv/);
    expect(problems[0]).not.toContain('s3cr3t');
  });

  it('is in no message and in no listing with what is secret in it', () => {
    const files = armAt('https://arm.example.org/tasks?token=s3cr3t');
    const told = JSON.stringify(listSettings(load({ files })));
    expect(told).toContain('arm.example.org/tasks');
    expect(told).not.toContain('s3cr3t');
    const wrong = ['ftp://me:s3cr3t@arm.example.org', 'https://s3cr3t@arm.example.org', 'http://me:s3cr3t@:1'];
    for (const url of [...wrong, wrong]) expect(problemsOf({ files: armAt(url) }).join()).not.toContain('s3cr3t');
  });
});

describe('listSettings', () => {
  it('lists every setting with its value and where it is from', () => {
    const listed = listSettings(load({ env: { DATABASE_URL: 'postgres://u:pw@h/db', PORT: '81' } }));
    expect(listed.slice(0, 4)).toEqual([
      { name: 'port', value: 81, origin: { from: 'environment', name: 'PORT' } },
      { name: 'host', value: '127.0.0.1', origin: { from: 'default' } },
      { name: 'dataDir', value: '/srv/project/.switchyard', origin: { from: 'default' } },
      { name: 'databaseUrl', value: 'postgres://u:***@h/db', origin: { from: 'environment', name: 'DATABASE_URL' } },
    ]);
    expect(listed.find(({ name }) => name === 'scriptFile')?.value).toBeNull();
  });
});

describe('modelEnvironment', () => {
  it('puts what was set in a file under its variable, and leaves the rest of the environment', () => {
    const files = {
      [PROJECT]: '{"mistralBaseUrl": "http://127.0.0.1:1/v1", "workerTimeout": 7, "pythonCommand": "py"}',
    };
    const environment = modelEnvironment(load({ files }).config, { PATH: '/bin', MISTRAL_API_KEY: 'k' });
    expect(Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined))).toEqual({
      PATH: '/bin',
      MISTRAL_API_KEY: 'k',
      MISTRAL_BASE_URL: 'http://127.0.0.1:1/v1',
      PYTHON_WORKER_TIMEOUT: '7',
      PYTHON_WORKER_COMMAND: 'py',
    });
    expect(modelEnvironment(load({ files }).config, { MISTRAL_BASE_URL: 'http://b' })).toMatchObject({
      MISTRAL_BASE_URL: 'http://b',
    });
  });
});

describe('retention of the configuration', () => {
  it.each([
    [
      '{"tasks": "30 days"}',
      '/retention/tasks',
      '"30 days"',
      'a time from 1m to 3650d, as 90m, 12h or 30d, or forever',
    ],
    ['{"events": "0d"}', '/retention/events', '"0d"', 'a time from 1m to 3650d, as 90m, 12h or 30d, or forever'],
    ['{"failed": 30}', '/retention/failed', '30', 'a time from 1m to 3650d, as 90m, 12h or 30d, or forever'],
    [
      '{"idempotencyKeys": "forever"}',
      '/retention/idempotencyKeys',
      '"forever"',
      'a time from 1m to 3650d, as 90m, 12h or 30d',
    ],
  ])('%s is told by its place', (retention, pointer, was, may) => {
    expect(problemsOf({ files: { [PROJECT]: `{"retention": ${retention}}` } })).toEqual([
      `${pointer} in ${PROJECT} was ${was}; it may be ${may}`,
    ]);
  });

  it('names what it may hold', () => {
    expect(problemsOf({ env: { SWITCHYARD_RETENTION: 'task=3d' } })).toEqual([
      'SWITCHYARD_RETENTION (environment) holds task; it may hold tasks, failed, events, screenLog, idempotencyKeys',
    ]);
    expect(problemsOf({ env: { SWITCHYARD_RETENTION: '3d' } })).toEqual([
      'SWITCHYARD_RETENTION (environment) was "3d"; it may be an object, as {"tasks": "30d", "failed": "forever"}; in the environment tasks=30d,failed=forever',
    ]);
  });

  it('names the entries of a variable that are wrong', () => {
    expect(problemsOf({ env: { SWITCHYARD_RETENTION: 'tasks=7x, failed = 3d,,idempotencyKeys=forever' } })).toEqual([
      'SWITCHYARD_RETENTION (environment), tasks, was "7x"; it may be a time from 1m to 3650d, as 90m, 12h or 30d, or forever',
      'SWITCHYARD_RETENTION (environment), idempotencyKeys, was "forever"; it may be a time from 1m to 3650d, as 90m, 12h or 30d',
    ]);
  });

  it('is listed as it is written', () => {
    const loaded = load({ env: { SWITCHYARD_RETENTION: 'tasks=48h,events=90m,failed=forever,' } });
    expect(listSettings(loaded).find(({ name }) => name === 'retention')?.value).toEqual({
      tasks: '2d',
      failed: 'forever',
      events: '90m',
      screenLog: '90d',
      idempotencyKeys: '1d',
    });
  });
});

describe('arms of the configuration', () => {
  const armsOf = (arms: object) => load({ files: { [PROJECT]: JSON.stringify({ arms }) } }).config.arms;
  const faultsOf = (arms: object) =>
    problemsOf({ files: { [PROJECT]: JSON.stringify({ arms }) } }).map((line) => line.replace(` in ${PROJECT}`, ''));

  it('may have limits over all nodes', () => {
    expect(armsOf({ generalist: { maxRunning: 4, rate: { attempts: 90 } } })['generalist']).toMatchObject({
      maxRunning: 4,
      rate: { attempts: 90, seconds: 60 },
    });
    expect(faultsOf({ generalist: { rate: { attempts: 0 } } })).toEqual([
      '/arms/generalist/rate/attempts was 0; it may be a whole number from 1 to 100000',
    ]);
    expect(faultsOf({ generalist: { maxRunning: 0, rate: { attempts: 5, burst: 6, per: 1 } } })).toEqual([
      '/arms/generalist/maxRunning was 0; it may be a whole number from 1 to 1000',
      '/arms/generalist/rate holds per; it may hold attempts, seconds, burst',
      '/arms/generalist/rate/burst was 6; it may be a number up to its attempts',
    ]);
  });

  it('are of a type, with paths that start from the file, and every default filled in', () => {
    expect(
      armsOf({
        upper: { type: 'process', command: ['python3', 'upper.py'] },
        far: { type: 'http', url: 'https://arm.example.org/x', fallback: ['upper'], retry: { attempts: 5 } },
        mine: { type: 'module', module: './mine.ts' },
        installed: { type: 'module', module: '@example/arm' },
      }),
    ).toEqual({
      upper: {
        type: 'process',
        command: ['python3', 'upper.py'],
        cwd: '/srv/project',
        env: [],
        serve: false,
        maxOutputMb: 1,
        fallback: [],
      },
      far: {
        type: 'http',
        url: 'https://arm.example.org/x',
        pollSeconds: 1,
        maxOutputMb: 1,
        fallback: ['upper'],
        retry: { attempts: 5, initialSeconds: 1, factor: 2, maxSeconds: 60 },
      },
      mine: { type: 'module', module: '/srv/project/mine.ts', fallback: [], maxOutputMb: 16 },
      installed: { type: 'module', module: '@example/arm', fallback: [], maxOutputMb: 16 },
    });
  });

  it.each<[string, object, string]>([
    [
      'no type',
      { a: {} },
      '/arms/a/type is missing; it may be one of: greenlight, generalist, probe, process, http, module',
    ],
    ['another type', { a: { type: 'ftp' } }, '/arms/a/type was "ftp"; it may be one of: greenlight, generalist,'],
    [
      'a built-in of another type',
      { greenlight: { type: 'http' } },
      '/arms/greenlight/type was "http"; it may be greenlight',
    ],
    ['no object', { a: 7 }, '/arms/a was 7; it may be an object, as {"type": "process"'],
    ['no command', { a: { type: 'process' } }, '/arms/a/command is missing; it may be a program and its arguments'],
    ['an empty command', { a: { type: 'process', command: [] } }, '/arms/a/command was []; it may be a program'],
    [
      'a command as a line',
      { a: { type: 'process', command: 'ls -l' } },
      '/arms/a/command was "ls -l"; it may be a program',
    ],
    [
      'another URL',
      { a: { type: 'http', url: 'ftp://x' } },
      '/arms/a/url was "ftp://x"; it may be an http or https URL',
    ],
    ['no module', { a: { type: 'module' } }, '/arms/a/module is missing; it may be the path of a module'],
    [
      'a wrong variable',
      { a: { type: 'http', url: 'http://x', tokenEnv: 'a b' } },
      '/arms/a/tokenEnv was "a b"; it may be the name',
    ],
    [
      'a wrong wait',
      { greenlight: { timeoutSeconds: 0 } },
      '/arms/greenlight/timeoutSeconds was 0; it may be a number of seconds',
    ],
    [
      'wrong retries',
      { greenlight: { retry: { attempts: 99 } } },
      '/arms/greenlight/retry/attempts was 99; it may be a whole',
    ],
    [
      'an unknown retry setting',
      { greenlight: { retry: { tries: 1 } } },
      '/arms/greenlight/retry holds tries; it may hold',
    ],
    [
      'an unknown fallback',
      { greenlight: { fallback: ['x'] } },
      '/arms/greenlight/fallback/0 was "x"; it may be another arm: generalist',
    ],
    [
      'itself as fallback',
      { greenlight: { fallback: ['greenlight'] } },
      '/arms/greenlight/fallback/0 was "greenlight"; it may be another',
    ],
    [
      'a schema that is no object',
      { greenlight: { inputSchema: 'x' } },
      '/arms/greenlight/inputSchema was "x"; it may be',
    ],
    ['a wrong name', { 'Big Arm': {} }, '/arms/Big Arm was {}; it may be arms by their name'],
  ])('with %s are refused at their place', (_what, arms, line) => {
    expect(faultsOf(arms)).toEqual([expect.stringContaining(line)]);
  });

  it('that are no object by name are refused', () => {
    expect(problemsOf({ files: { [PROJECT]: '{"arms": ["greenlight"]}' } })).toEqual([
      `arms in ${PROJECT} was ["greenlight"]; it may be an object of arms by name`,
    ]);
  });
});
