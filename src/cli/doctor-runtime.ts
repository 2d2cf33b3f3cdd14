import { createRequire } from 'node:module';
import type { Settings } from './settings.js';

/** One line of `keyturn doctor`. */
export interface Check {
  readonly name: 'config' | 'node' | 'driver' | 'folder' | 'file' | 'disk' | 'lock' | DatabaseCheck;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do; null where nothing is to be done. */
  readonly fix: string | null;
}
type DatabaseCheck = 'database' | 'schema' | 'writes' | 'clock' | 'instances';

const FLOOR = [20, 19] as const;

/** Checks Node and the database's driver. */
export function checkRuntime({ database }: Settings): readonly Check[] {
  return [nodeCheck(process.versions.node), driverCheck(database)];
}

function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < FLOOR[0] || (major === FLOOR[0] && minor < FLOOR[1]);
  const fix = 'Install Node 24 LTS.';
  if (isOld) {
    const detail = `Node ${version} is older than ${FLOOR.join('.')}.`;
    return { name: 'node', status: 'fail', detail, fix };
  }
  return { name: 'node', status: 'ok', detail: `Node ${version}.`, fix: null };
}

function driverCheck(database: string): Check {
  if (database === 'memory:') return driver('none needed for memory:');
  if (database.startsWith('sqlite:')) {
    const own: unknown = process.getBuiltinModule('node:sqlite');
    return own === undefined ? packageCheck('@photostructure/sqlite') : driver('node:sqlite');
  }
  return packageCheck('pg');
}

function packageCheck(name: string): Check {
  try {
    createRequire(import.meta.url).resolve(name);
    return driver(name);
  } catch {
    const detail = `The package ${name} is not installed.`;
    return { name: 'driver', status: 'fail', detail, fix: `npm install ${name}` };
  }
}

function driver(name: string): Check {
  return { name: 'driver', status: 'ok', detail: `${name}.`, fix: null };
}
