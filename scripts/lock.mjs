import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const pause = 200;
/** A holder older than this is taken for dead even if its process number is in use: numbers are given out again. */
const longestHold = 15 * 60 * 1000;

/**
 * Does `work` while no other process does its own under the same lock file, and returns what it returns.
 * The lock of a process that died is taken over.
 */
export async function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!take(file)) {
    if (clearIfDead(file)) continue;
    if (!told) console.error('trestle: waiting for another build of this folder');
    told = true;
    await sleep(pause);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Links a complete file into place, so that nobody sees a lock without its owner's number. */
function take(file) {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Whether the lock is worth another try at once: its owner was dead, or it has gone by itself. */
function clearIfDead(file) {
  try {
    const owner = readFileSync(file, 'utf8');
    if (isAlive(Number(owner)) && Date.now() - statSync(file).mtimeMs < longestHold) return false;
    const aside = `${file}.${process.pid}.dead`;
    renameSync(file, aside);
    // Another waiter may have cleared the dead lock and taken its own in between: then it gets it back.
    if (readFileSync(aside, 'utf8') !== owner) renameSync(aside, file);
    rmSync(aside, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  return true;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
