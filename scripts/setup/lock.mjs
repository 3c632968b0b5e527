// One set-up of a checkout at a time.
//
// Owns: the lock folder in node_modules, with its owner's name in owner.json.
//  1. The folder comes and goes by rename, so it is never seen half made or half removed.
//  2. It is taken over only when its owner and the owner's npm are dead, or when it shows no sign of life for LOCK_STALE_MS of
//     our own watching (so neither a clock that jumps nor an owner in another container with another process table matters).
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { modules, SetupError, say } from './checkout.mjs';

const lockFolder = join(modules, '.switchyard-setup');
const ownerFile = join(lockFolder, 'owner.json');

/** How often a waiting set-up looks at the lock, and its owner shows that it lives. */
const LOCK_POLL_MS = 250;
/** Its owner renews it 120 times in between. */
const LOCK_STALE_MS = 30_000;
/** A slow line needs minutes for the 540 MB; a quarter of an hour means that something else is wrong. */
const LOCK_WAIT_MS = 15 * 60_000;

/**
 * Waits for the lock.
 * @returns what gives it back.
 * @throws SetupError when others hold it for longer than LOCK_WAIT_MS.
 */
export async function lockSetup() {
  const started = performance.now();
  let seen;
  let seenAt = started;
  while (!tryLock()) {
    const owner = lockOwner();
    const now = performance.now();
    if (seen === undefined && owner !== undefined) {
      say(`another set-up of this checkout is running (process ${owner.pid}); waiting for it`);
    }
    if (owner?.pid !== seen?.pid || owner?.renewed !== seen?.renewed) {
      seen = owner;
      seenAt = now;
    }
    if (isAbandoned(owner, now - seenAt)) breakLock(owner);
    if (now - started > LOCK_WAIT_MS) {
      throw new SetupError(
        `another set-up has been running for ${LOCK_WAIT_MS / 60_000} minutes. ` +
          `End it, or remove node_modules/${basename(lockFolder)}, and run the same command again.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
  const renewal = setInterval(renewLock, LOCK_POLL_MS);
  return () => {
    clearInterval(renewal);
    const owner = lockOwner();
    if (owner?.pid === process.pid && owner.host === hostname()) removeLock();
  };
}

/** Names the npm that works for the lock's owner: it outlives an owner that is killed, and whoever comes next must wait for it. */
export function nameInstaller(pid) {
  writeFileSync(ownerFile, JSON.stringify({ pid: process.pid, host: hostname(), npm: pid }));
}

/** Takes the lock if it is free. */
function tryLock() {
  const mine = `${lockFolder}-${process.pid}`;
  mkdirSync(mine, { recursive: true });
  writeFileSync(join(mine, basename(ownerFile)), JSON.stringify({ pid: process.pid, host: hostname() }));
  try {
    renameSync(mine, lockFolder);
    return true;
  } catch (error) {
    rmSync(mine, { recursive: true, force: true });
    // Held by another; or node_modules was removed between the lines, and the next try makes it again.
    if (existsSync(lockFolder) || ['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code)) return false;
    throw error;
  }
}

/** @returns who holds the lock and when it was last renewed, or undefined when nobody does. */
function lockOwner() {
  try {
    return { ...JSON.parse(readFileSync(ownerFile, 'utf8')), renewed: statSync(ownerFile).mtimeMs };
  } catch {
    return undefined;
  }
}

function isAbandoned(owner, unchangedMs) {
  if (owner === undefined || owner.host !== hostname()) return unchangedMs > LOCK_STALE_MS;
  if (owner.npm !== undefined && processLives(owner.npm)) return false;
  return !processLives(owner.pid) || unchangedMs > LOCK_STALE_MS;
}

function processLives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Removes an abandoned lock. Of several that noticed, the guard lets one look again and remove. */
function breakLock(abandoned) {
  const guard = `${lockFolder}-breaking`;
  try {
    mkdirSync(guard);
  } catch {
    // Left by one that died between these few lines: no honest one takes this long.
    if (existsSync(guard) && Date.now() - statSync(guard).mtimeMs > LOCK_STALE_MS)
      rmSync(guard, { recursive: true, force: true });
    return;
  }
  const owner = lockOwner();
  if (owner?.pid === abandoned?.pid && owner?.host === abandoned?.host && owner?.renewed === abandoned?.renewed)
    removeLock();
  rmSync(guard, { recursive: true, force: true });
}

function removeLock() {
  const gone = `${lockFolder}-gone-${process.pid}`;
  try {
    renameSync(lockFolder, gone);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  rmSync(gone, { recursive: true, force: true });
}

function renewLock() {
  try {
    utimesSync(ownerFile, new Date(), new Date());
  } catch {
    // Someone removed node_modules under us: npm will say what is wrong, if anything is.
  }
}
