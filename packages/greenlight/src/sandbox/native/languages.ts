/** How each language is compiled and run inside a box. */
import type { Language } from '../port.ts';
import { NODE_FOLDER } from './box-command.ts';

export const NATIVE_LANGUAGES = [
  'python',
  'javascript',
  'typescript',
  'bash',
  'c',
  'cpp',
  'go',
  'rust',
  'java',
] as const satisfies readonly Language[];
export type NativeLanguage = (typeof NATIVE_LANGUAGES)[number];

/** Kinds of parked box: by the engine that waits in it. What has none runs in Python's. */
export const RUNTIMES = ['python', 'javascript', 'typescript'] as const;
export type NativeRuntime = (typeof RUNTIMES)[number];

export function isNativeLanguage(language: Language): language is NativeLanguage {
  return NATIVE_LANGUAGES.some((known) => known === language);
}

export function runtimeOf(language: NativeLanguage): NativeRuntime {
  return language === 'javascript' || language === 'typescript' ? language : 'python';
}

/** A program that is run as one, rather than called into. */
export interface Toolchain {
  /** Its compiler or interpreter, looked for at these places. */
  readonly programs: readonly string[];
  /** The command that compiles the job's files, or only checks them; none where the first run tells. */
  readonly compile?: (program: string, entry: string, paths: readonly string[]) => readonly string[];
  readonly run: (program: string, entry: string, memoryMb: number) => readonly string[];
  readonly environment?: { readonly [name: string]: string };
  /** Programs of the system without which it makes nothing. */
  readonly needs?: readonly string[];
  /**
   * Where it may lie in a folder of its own: the parts of that folder which it needs, as few as can be (it may be somebody's home), and
   * a path that only such a folder has.
   */
  readonly folder?: { readonly parts: readonly string[]; readonly marker: string };
  /** Reserves far more addresses than it uses, so that only a control group can hold it. */
  readonly needsGroup?: boolean;
}

const BINARY = '/box/.program';
const CLASSES = '/box/.classes';

/** Names that stand for options or (@) for a file of them: within gcc even after ./, and Go refuses them. Not compiled, but there. */
const LIKE_OPTIONS = /(?:^|\/)[-@]/;

const ending = (paths: readonly string[], pattern: RegExp) =>
  paths.filter((path) => pattern.test(path) && !LIKE_OPTIONS.test(path)).map(asArgument);

export const TOOLCHAINS: { readonly [language in Exclude<NativeLanguage, NativeRuntime>]: Toolchain } = {
  bash: {
    programs: ['/usr/bin/bash', '/bin/bash'],
    compile: (bash, entry) => [bash, '-n', asArgument(entry)],
    run: (bash, entry) => [bash, asArgument(entry)],
  },
  c: {
    programs: ['/usr/bin/gcc', '/usr/bin/cc'],
    compile: (gcc, entry, paths) => [gcc, ...C_FLAGS, '-std=gnu17', ...sourcesOf(entry, ending(paths, /\.c$/)), '-lm'],
    run: () => [BINARY],
  },
  cpp: {
    programs: ['/usr/bin/g++', '/usr/bin/c++'],
    compile: (gxx, entry, paths) => [
      gxx,
      ...C_FLAGS,
      '-std=gnu++20',
      ...sourcesOf(entry, ending(paths, /\.(?:cpp|cc|cxx)$/)),
    ],
    run: () => [BINARY],
  },
  go: {
    programs: ['/usr/local/go/bin/go', '/usr/bin/go'],
    compile: (go, entry, paths) => [go, 'build', '-o', BINARY, ...sourcesOf(entry, ending(paths, /\.go$/))],
    run: () => [BINARY],
    environment: {
      GOCACHE: '/tmp/go',
      GOPATH: '/tmp/gopath',
      GO111MODULE: 'off',
      CGO_ENABLED: '0',
      GOTOOLCHAIN: 'local',
    },
    folder: { parts: ['bin', 'pkg', 'src', 'VERSION', 'go.env'], marker: 'src/runtime' },
    needsGroup: true,
  },
  rust: {
    programs: ['/usr/bin/rustc', '/usr/local/bin/rustc'],
    compile: (rustc, entry) => [
      rustc,
      '--edition=2021',
      '-Copt-level=1',
      '--error-format=short',
      '-o',
      BINARY,
      asArgument(entry),
    ],
    run: () => [BINARY],
    needs: ['/usr/bin/cc'],
    folder: { parts: ['bin', 'lib'], marker: 'lib/rustlib' },
  },
  java: {
    programs: ['/usr/bin/javac'],
    folder: { parts: ['bin', 'lib', 'conf', 'jmods'], marker: 'lib/modules' },
    compile: (javac, entry, paths) => [
      javac,
      ...['-J-Xshare:auto', '-J-XX:TieredStopAtLevel=1', '-encoding', 'UTF-8', '-d', CLASSES],
      ...sourcesOf(entry, ending(paths, /\.java$/)),
    ],
    run: (javac, entry, memoryMb) => [
      javac.replace(/javac$/, 'java'),
      ...[
        '-Xshare:auto',
        '-XX:+UseSerialGC',
        '-XX:TieredStopAtLevel=1',
        `-Xmx${Math.floor(memoryMb * 0.6)}m`,
        '-Xss2m',
      ],
      ...['-cp', CLASSES, entry.replace(/\.java$/, '').replaceAll('/', '.')],
    ],
    needsGroup: true,
  },
};

const C_FLAGS = ['-O1', '-pipe', '-Wall', '-fdiagnostics-color=never', '-fno-diagnostics-show-caret', '-o', BINARY];

/**
 * V8's tables are as its snapshot has them: to make them anew for a seed of its own takes a seventh of Node's start. What can be known of
 * the seed serves only against oneself, in a box that is used once.
 */
export const NO_REHASH = '--no-rehash-snapshot';

/** What runs a file of JavaScript or TypeScript as a program. */
export function nodeProgram(language: 'javascript' | 'typescript', entry: string): string[] {
  const types = language === 'typescript' ? ['--experimental-transform-types'] : [];
  return [`${NODE_FOLDER}/node`, '--no-warnings', NO_REHASH, ...types, asArgument(entry)];
}

/** The sources to compile, the entry among them whatever its name ends in. */
function sourcesOf(entry: string, found: readonly string[]): readonly string[] {
  const first = asArgument(entry);
  return found.includes(first) ? found : [first, ...found];
}

/** A file's name that no program takes for an option, or for the name of a file of options (`@`). */
function asArgument(path: string): string {
  return /^[-@]/.test(path) ? `./${path}` : path;
}
