/** What runs of ours in a box before any submission, and what starts boxes: read and compiled once for all of them. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { NO_REHASH } from './languages.ts';

/** Reads its program from standard input: a decimal length in eight characters, then that many bytes of marshalled code. */
const PYTHON_START = `import gc,marshal,posix as os
gc.disable()
def take(n):
    b=b''
    while len(b)<n:
        p=os.read(0,n-len(b))
        if not p:os._exit(0)
        b+=p
    return b
exec(marshal.loads(take(int(take(8)))),{'__name__':'harness','__builtins__':dict(__builtins__.__dict__)})`;

/** Compiles a source from standard input for the interpreter that it runs in. */
const PYTHON_COMPILE = `import marshal,sys
sys.stdout.buffer.write(marshal.dumps(compile(sys.stdin.buffer.read(),'<harness>','exec',dont_inherit=True,optimize=2)))`;

/** What process 1 of a box runs, in this order. */
const SUPERVISOR_PARTS = [
  '../harness/harness.py',
  './python/folder.py',
  './python/stage.py',
  './python/step.py',
  './python/compiled.py',
  './python/copies.py',
  './python/processes.py',
  './python/watch.py',
  './python/rehearsal.py',
  './python/supervisor.py',
] as const;

const PYTHON_FLAGS = ['-s', '-S', '-B'] as const;
const NODE_FLAGS = [
  '--no-warnings',
  '--experimental-vm-modules',
  '--disable-proto=delete',
  '--max-old-space-size=1024',
  NO_REHASH,
];

export interface InsideSources {
  /** The arguments of the interpreter that is process 1 of a box. */
  readonly pythonArguments: readonly string[];
  /** What it reads first. */
  readonly supervisor: Uint8Array;
  /** The same for the process outside of them that starts them. */
  readonly launcher: Uint8Array;
  /** The arguments of Node as a runner of steps. */
  nodeArguments(language: 'javascript' | 'typescript'): readonly string[];
}

/** @throws Error when the interpreter cannot compile its own part. */
export async function loadInsideSources(python: string): Promise<InsideSources> {
  const [runner, scriptHarness, nodeParts] = await Promise.all(
    ['./javascript/runner.cjs', '../harness/harness.js', '../harness/node-modules.js'].map(readPart),
  );
  const inside = await compileWith(python, (await Promise.all(SUPERVISOR_PARTS.map(readPart))).join('\n'));
  const outside = await compileWith(python, await readPart('./python/launcher.py'));
  return {
    pythonArguments: [...PYTHON_FLAGS, '-c', PYTHON_START],
    supervisor: withLength(inside),
    launcher: withLength(outside),
    nodeArguments: (language) => {
      const texts = `HARNESS = ${JSON.stringify(scriptHarness)}, NODE_PARTS = ${JSON.stringify(nodeParts)}`;
      const constants = `const ${texts}, WARM_TYPESCRIPT = ${language === 'typescript'};`;
      return [...NODE_FLAGS, '-e', `${constants}\n${runner}`];
    },
  };
}

function readPart(path: string): Promise<string> {
  return readFile(new URL(path, import.meta.url), 'utf8');
}

function withLength(code: Buffer): Buffer {
  return Buffer.concat([Buffer.from(String(code.length).padStart(8, '0')), code]);
}

async function compileWith(python: string, source: string): Promise<Buffer> {
  const running = promisify(execFile)(python, [...PYTHON_FLAGS, '-c', PYTHON_COMPILE], {
    env: {},
    encoding: 'buffer',
    maxBuffer: 4_194_304,
    timeout: 20_000,
  });
  running.child.stdin?.end(source);
  const { stdout } = await running;
  return stdout;
}
