#!/usr/bin/env node
// Starts the command on a Node that runs TypeScript sources. Plain JavaScript, because it is also started by older ones.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The first major version of the line that the project is made for. */
const REQUIRED_MAJOR = 24;
const here = dirname(fileURLToPath(import.meta.url));

/** @returns the path of a file in the nearest node_modules that has it, from this file upward. */
function findInstalled(...path) {
  for (let folder = here; ; folder = dirname(folder)) {
    const file = join(folder, 'node_modules', ...path);
    if (existsSync(file)) return file;
    if (folder === dirname(folder)) return undefined;
  }
}

function complain(message) {
  process.stderr.write(`switchyard: ${message}\n`);
  process.exitCode = 1;
}

/** Before 24.12 Node warns at each start that it strips types; nobody who reads it can do anything about it. */
function silenceStrippingWarning() {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).startsWith('Type Stripping')) emitWarning(warning, ...rest);
  };
}

async function runHere() {
  // Any dependency will do; this one is ours and nothing starts without it.
  if (findInstalled('@switchyard', 'core') === undefined) {
    complain('its packages are not installed. Run `npm install` in the folder that package.json is in.');
    return;
  }
  silenceStrippingWarning();
  const { main } = await import('../src/main.ts');
  process.exitCode = await main(process.argv.slice(2));
}

/**
 * Runs this file again on the pinned Node and ends as it ended. A signal that a terminal sends to the whole group reaches
 * the child twice, as it does under npm: the second within moments of the first means nothing.
 */
function runOnPinnedNode() {
  const node = findInstalled('node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (node === undefined) {
    complain(
      `Node ${REQUIRED_MAJOR} or later is needed and this is ${process.version}. Run \`npm install\`: it brings one along.`,
    );
    return;
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    // By the channel the child notices when this process is killed without a chance to tell it.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const forward = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  child.once('error', (error) =>
    complain(`Node ${REQUIRED_MAJOR} at ${node} cannot be started (${error.message}). Run \`npm rebuild node\`.`),
  );
  child.once('exit', (code, signal) => {
    for (const name of signals) process.off(name, forward);
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
    if (signal !== null) process.kill(process.pid, signal);
  });
}

if (Number.parseInt(process.versions.node, 10) >= REQUIRED_MAJOR) await runHere();
else runOnPinnedNode();
