import { describe, expect, it } from 'vitest';
import type { Step } from '../../../src/sandbox/index.ts';
import { assertion, call, callNamed, job, LIMITS, outcomeOf, outcomesOf } from '../jobs.ts';
import type { SandboxUnderTest } from '../sandbox-under-test.ts';

type ProgramStep = Extract<Step, { kind: 'program' }>;

function program(step: Omit<ProgramStep, 'kind'> = {}): Step {
  return { kind: 'program', ...step };
}

/** What the wasm driver alone runs in this way: a shell without a system below it, and SQLite. */
export function shellAndSql(under: SandboxUnderTest): void {
  describe('a shell', () => {
    it('runs pipelines over its files, its input and its arguments, and exits', async () => {
      const source =
        'sort data.txt | uniq -c | sort -rn | awk \'{ print $2, $1 }\'\nread -r line\necho "$line: $1, $2" >&2\nexit 3';
      const step = program({ stdin: 'in\n', args: ['a b', "it's"], files: { 'data.txt': 'b\na\nb\n' } });
      expect(await outcomeOf(under(), job('bash', source, [step]))).toMatchObject({
        status: 'exited',
        exitCode: 3,
        stdout: 'b 2\na 1\n',
        stderr: "in: a b, it's\n",
      });
    });

    it('starts afresh for every program', async () => {
      const source =
        'cat left.txt 2>/dev/null || echo none\necho x > left.txt\nexport LEFT=1\necho "${LEFT_BEFORE:-unset}"';
      const outcomes = await outcomesOf(under(), job('bash', source, [program(), program()]));
      expect(outcomes).toMatchObject([{ stdout: 'none\nunset\n' }, { stdout: 'none\nunset\n' }]);
    });

    it('what does not parse is a syntax error with its line', async () => {
      const run = await under().run(job('bash', 'echo a\nif then\n', [program()]));
      expect(run).toMatchObject({ status: 'syntax-error', error: { type: 'SyntaxError', file: 'solution.sh' } });
    });

    it.each([
      ['a loop', 'while true; do :; done'],
      ['a sleep', 'sleep 1000'],
      ['a loop in awk', "awk 'BEGIN { while (1) x = x + 1 }'"],
      ['a recursion', 'f() { f | f; }; f'],
    ])('%s without end is ended', async (_name, source) => {
      const outcome = await outcomeOf(under(), job('bash', source, [program()], { cpuMs: 700 }));
      expect(['timed-out', 'exited', 'out-of-memory']).toContain(outcome.status);
      if (outcome.status === 'exited') expect(outcome.exitCode).not.toBe(0);
    });

    it('a flood of output is ended', async () => {
      const outcome = await outcomeOf(
        under(),
        job('bash', 'while true; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done', [program()], { cpuMs: 2500 }),
      );
      expect(['timed-out', 'output-limit', 'out-of-memory', 'exited']).toContain(outcome.status);
      expect(outcome.stdout.length).toBeLessThanOrEqual(LIMITS.outputKb * 1024);
    });

    it('has no way to the host: no network, no other interpreter, no file but its own', async () => {
      const source =
        'curl -s http://127.0.0.1:5432; wget -q x; python3 -c 1; node -e 1; js-exec 1; cat /etc/passwd /etc/shadow; cat /proc/self/environ; env | grep -iv -e PWD -e HOME -e LANG -e TZ -e PATH -e SHLVL -e _ -e OSTYPE -e TYPE; echo > /dev/tcp/127.0.0.1/5432; ls /root /home /work /tmp 2>/dev/null';
      const outcome = await outcomeOf(under(), job('bash', source, [program()]));
      expect(outcome.status).toBe('exited');
      expect(outcome.stdout).not.toMatch(/root:|DATABASE|SECRET|HOSTNAME=(?!localhost)/);
    });
  });

  describe('SQL', () => {
    const SCHEMA = 'CREATE TABLE people (name TEXT, age INTEGER, share REAL, key BLOB);';
    const ROWS = "INSERT INTO people VALUES ('Ada', 36, 0.5, x'00ff'), ('Bo', 9007199254740993, NULL, NULL);";
    const files = { 'solution.sql': 'SELECT * FROM people ORDER BY name;', 'schema.sql': SCHEMA };
    const submitted = (steps: readonly Step[], sources: { [path: string]: string } = files) =>
      ({ language: 'sql', files: sources, entrypoint: 'solution.sql', steps, limits: LIMITS }) as const;

    it('a call answers the rows of the last query, with their types', async () => {
      const outcomes = await outcomesOf(under(), submitted([call(undefined, ROWS), call(undefined)]));
      expect(outcomes).toMatchObject([
        {
          status: 'returned',
          value: {
            type: 'list',
            items: [
              {
                items: [
                  { type: 'string', value: 'Ada' },
                  { type: 'integer', value: '36' },
                  { type: 'float', value: 0.5 },
                  { type: 'bytes', value: 'AP8=' },
                ],
              },
              {
                items: [
                  { value: 'Bo' },
                  { type: 'integer', value: '9007199254740993' },
                  { type: 'null' },
                  { type: 'null' },
                ],
              },
            ],
          },
        },
        { status: 'returned', value: { type: 'list', items: [] } },
      ]);
    });

    it('what a submission changed is asked for by a query after it', async () => {
      const sources = { ...files, 'solution.sql': "DELETE FROM people WHERE name = 'Bo';" };
      const step = callNamed('unused', { setup: ROWS, query: 'SELECT count(*) FROM people' });
      expect(await outcomeOf(under(), submitted([step], sources))).toMatchObject({
        status: 'returned',
        value: { items: [{ items: [{ value: '1' }] }] },
      });
    });

    it('a program prints its rows as the sqlite3 shell does', async () => {
      expect(await outcomeOf(under(), submitted([program({ stdin: ROWS })]))).toMatchObject({
        status: 'exited',
        exitCode: 0,
        stdout: 'Ada|36|0.5|\u0000\ufffd\nBo|9007199254740993||\n',
      });
    });

    it('errors are told with the line of their statement, syntax before anything runs', async () => {
      const broken = { ...files, 'solution.sql': 'SELECT 1;\n\nSELEC 2;' };
      expect(await under().run(submitted([call(undefined)], broken))).toMatchObject({
        status: 'syntax-error',
        error: { type: 'SyntaxError', line: 3, message: 'near "SELEC": syntax error' },
      });
      const missing = { ...files, 'solution.sql': 'SELECT 1;\nSELECT * FROM nobody;' };
      expect(await outcomeOf(under(), submitted([call(undefined)], missing))).toMatchObject({
        status: 'raised',
        error: { type: 'SQLError', message: 'no such table: nobody', line: 2 },
      });
    });

    it.each([
      [
        'a recursion without end',
        'WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT count(*) FROM r;',
        'timed-out',
      ],
      [
        'a value that doubles',
        'WITH RECURSIVE r(x) AS (SELECT zeroblob(1000000) UNION ALL SELECT x || x FROM r) SELECT max(length(x)) FROM r;',
        'out-of-memory',
      ],
    ])('%s is ended', async (_name, source, status) => {
      const outcome = await outcomeOf(under(), {
        ...submitted([call(undefined)], { 'solution.sql': source }),
        limits: { ...LIMITS, cpuMs: status === 'timed-out' ? 900 : 20_000, wallMs: 20_000 },
      });
      expect([status, 'raised']).toContain(outcome.status);
    });

    it('has no way to a file of the host, nor to code', async () => {
      const source = "ATTACH '/etc/passwd' AS p;";
      for (const sql of [source, "SELECT load_extension('x');", "SELECT readfile('/etc/passwd');"]) {
        expect(await outcomeOf(under(), submitted([call(undefined)], { 'solution.sql': sql }))).toMatchObject({
          status: 'raised',
        });
      }
    });

    it('asks for no kind of test that it does not have', async () => {
      await expect(under().run(submitted([assertion('x')]))).rejects.toThrow('assertion code of sql cannot be run');
      await expect(under().run(job('bash', 'x', [call('f')]))).rejects.toThrow('call tests of bash cannot be run');
    });
  });
}
