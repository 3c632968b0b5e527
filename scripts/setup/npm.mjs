// npm as a child: the one that called us, kept from what would leave things out, its last words kept for when it fails.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { modules, root, SetupError } from './checkout.mjs';
import { nameInstaller } from './lock.mjs';

/** Lines of npm's output that are shown when it fails. */
const SHOWN_LINES = 20;
/** npm's output kept for that, so that a chatty install stays bounded. */
const KEPT_CHARACTERS = 16_384;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Settings of an outer npm or the user's that would leave packages out of the install, or change the lockfile. */
const LEFT_OUT =
  /^npm_config_(omit|include|only|production|dev|workspaces?|include_workspace_root|save|save_.*|package_lock.*|dry_run|global)$/i;

/** What each kind of failure asks of the user; the first that matches npm's output is said. */
const remedies = [
  [/ENOSPC/, 'The disk is full: the install needs about 600 MB.'],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT/,
    'The package registry cannot be reached: check the network, or the proxy in `npm config list`.',
  ],
  [
    /EINTEGRITY/,
    'A package is not the one that package-lock.json names: `npm cache verify`. If it stays so, do not trust its source.',
  ],
  [
    /SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|CERT_/,
    "The registry's certificate is not trusted here: set `cafile` in the npm configuration.",
  ],
  [/E40[13]/, 'The registry refused: check the credentials in the npm configuration.'],
  [/ETARGET|E404/, 'The registry does not have a version that package-lock.json names.'],
  [/EROFS|EACCES|EPERM/, 'A folder cannot be written by this user: check who owns node_modules and the npm cache.'],
];

/**
 * Runs npm in the checkout, to its end. A signal to us is passed on to it.
 * @returns how it ended: `succeeded`, `ended-by-signal` (its own or ours) or `failed`, with the end of its output.
 */
export function runNpm(args) {
  const { command, first } = npmCommand();
  return new Promise((resolve) => {
    const child = spawn(command, [...first, ...args], {
      cwd: root,
      env: npmEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: command.endsWith('.cmd'),
    });
    if (child.pid !== undefined) nameInstaller(child.pid);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output = (output + text).slice(-KEPT_CHARACTERS);
      });
    }
    let stoppedBy = null;
    const stop = (signal) => {
      stoppedBy = signal;
      child.kill(signal);
    };
    for (const signal of signals) process.on(signal, stop);
    const end = (result) => {
      for (const signal of signals) process.off(signal, stop);
      resolve(result);
    };
    child.once('error', (error) =>
      end({ kind: 'failed', reason: error.message, missing: error.code === 'ENOENT', output }),
    );
    child.once('close', (code, itsSignal) => {
      const signal = stoppedBy ?? itsSignal;
      if (signal !== null) end({ kind: 'ended-by-signal', signal });
      else if (code === 0) end({ kind: 'succeeded' });
      else end({ kind: 'failed', reason: `npm exited with ${code}`, missing: false, output });
    });
  });
}

/** @returns what to tell the user about a failed npm, with npm's own last words less its stack frames and empty lines. */
export function npmFailure({ reason, missing, output }) {
  if (missing)
    return new SetupError(
      'npm was not found. Install Node.js 18 or later (npm comes with it) and run the same command again.',
    );
  const words = output.split('\n').filter((line) => !/^(npm error|npm ERR!)?\s*(at .*)?$/.test(line));
  const shown = words.slice(-SHOWN_LINES).map((line) => `\n  ${line}`);
  const remedy = remedies.find(([pattern]) => pattern.test(output))?.[1] ?? 'What npm said is below.';
  return new SetupError(`the install failed (${reason}). ${remedy} Then run the same command again.${shown.join('')}`);
}

/** @returns {{command: string, first: string[]}} npm as a command and its first arguments: the very npm that called us, so that no other version is mixed in. */
function npmCommand() {
  const called = process.env.npm_execpath;
  if (called !== undefined && basename(called).startsWith('npm') && existsSync(called)) {
    return { command: process.env.npm_node_execpath ?? process.execPath, first: [called] };
  }
  return { command: process.platform === 'win32' ? 'npm.cmd' : 'npm', first: [] };
}

/** @returns the environment for npm. Our node_modules/.bin is not on its PATH: the Node in there may be about to be replaced. */
function npmEnvironment() {
  const kept = Object.entries(process.env).filter(([name]) => name !== 'NODE_ENV' && !LEFT_OUT.test(name));
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== join(modules, '.bin'));
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter) };
}
