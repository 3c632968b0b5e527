// Brings node_modules in line with package-lock.json, and does nothing when it already is.
//
// Runs before start, demo, test, check and bench, so it must work on a bare clone: plain JavaScript, no dependency, and any
// Node from 18 on, because the pinned Node is one of the things it installs.
//
// Owns: the stamp and the lock in node_modules. Leaves: everything else in there to npm.
//  1. A stamp is written only after what is installed was compared with the lockfile.
//  2. package.json and package-lock.json are never changed (docs/decisions/0003).
//  3. At most one install runs in a checkout at a time; a lock whose owner died is taken over (setup/lock.mjs).
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { modules, pinnedNode, root, SetupError, say, shortened, workspaceFolders } from './setup/checkout.mjs';

const stampFile = join(modules, '.switchyard-stamp');

/** @returns one hash of everything that decides what belongs into node_modules. */
function wantedStamp() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  const files = [
    'package-lock.json',
    'package.json',
    '.npmrc',
    ...workspaceFolders().map((folder) => `${folder}/package.json`),
  ];
  for (const file of files) {
    const path = join(root, file);
    hash.update(`${file}\n`).update(existsSync(path) ? readFileSync(path) : '');
  }
  return hash.digest('hex');
}

function isFresh(stamp) {
  try {
    return readFileSync(stampFile, 'utf8') === stamp;
  } catch {
    return false;
  }
}

/** @returns the signal that ended the install, if one did. */
async function install(gapsAfter) {
  const { runNpm, npmFailure } = await import('./setup/npm.mjs');
  const started = performance.now();
  say('installing what package-lock.json lists (once; about half a minute)…');
  // Not `npm ci`: it refuses a lockfile that lists only some platforms' optional packages (docs/decisions/0003).
  const result = await runNpm([
    'install',
    '--no-save',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
  ]);
  if (result.kind === 'ended-by-signal') return result.signal;
  if (result.kind === 'failed') throw npmFailure(result);
  const gaps = gapsAfter();
  if (gaps.length > 0) {
    throw new SetupError(
      `npm finished, but what it installed is not what package-lock.json lists: ${shortened(gaps)}. ` +
        (existsSync(pinnedNode)
          ? 'Remove node_modules and run the same command again.'
          : "Packages' install scripts seem to be off: allow them (`npm config get ignore-scripts`) and run `npm rebuild node`."),
    );
  }
  say(`installed in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return undefined;
}

/** Lets git run .githooks, where nobody chose other hooks. Best effort: a checkout without git works as well. */
async function enableHooks() {
  if (process.env.CI !== undefined || !existsSync(join(root, '.git')) || !existsSync(join(root, '.githooks'))) return;
  const { spawnSync } = await import('node:child_process');
  const git = (...args) => spawnSync('git', ['-C', root, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  // 1 means that it is set nowhere; anything else that it is, or that there is no git.
  if (git('config', '--get', 'core.hooksPath').status === 1) git('config', 'core.hooksPath', '.githooks');
}

/** @returns the signal that ended the set-up, if one did. */
async function setUp() {
  const stamp = wantedStamp();
  if (isFresh(stamp)) return undefined;
  const { lockSetup } = await import('./setup/lock.mjs');
  const { installGaps, lockfileGaps } = await import('./setup/lockfile.mjs');
  const unlock = await lockSetup();
  try {
    if (isFresh(stamp)) return undefined;
    const gaps = lockfileGaps();
    if (gaps.length > 0) {
      throw new SetupError(
        `package-lock.json does not have ${shortened(gaps)}. Run \`npm install\` and commit the lockfile.`,
      );
    }
    // Without gaps someone ran npm install by hand: nothing to do but to note it for the next time.
    const signal = installGaps().length === 0 ? undefined : await install(installGaps);
    if (signal !== undefined) return signal;
    writeFileSync(stampFile, stamp);
    await enableHooks();
    return undefined;
  } finally {
    unlock();
  }
}

try {
  const signal = await setUp();
  if (signal !== undefined) process.kill(process.pid, signal);
} catch (error) {
  // What the machine refuses (a folder, a file) has a code and says enough; anything else is a fault of ours.
  if (!(error instanceof SetupError) && error.code === undefined) throw error;
  say(error.message);
  process.exitCode = 1;
}
