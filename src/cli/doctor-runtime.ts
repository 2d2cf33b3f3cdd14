import { type Check, failed, passed } from './doctor-check.js';
import { isInstalled } from './doctor-packages.js';
import type { Settings } from './settings.js';

const FLOOR = [20, 19] as const;

/** Checks Node and the database's driver. */
export function checkRuntime({ database }: Settings): readonly Check[] {
  return [nodeCheck(process.versions.node), driverCheck(database)];
}

function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < FLOOR[0] || (major === FLOOR[0] && minor < FLOOR[1]);
  if (!isOld) return passed('node', `Node ${version}.`);
  const detail = `Node ${version} is older than ${FLOOR.join('.')}.`;
  return failed('node', 'dependency_missing', { detail, fix: 'Install Node 24 LTS.' });
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
  if (isInstalled(name)) return driver(name);
  const detail = `The package ${name} is not installed.`;
  return failed('driver', 'dependency_missing', { detail, fix: `npm install ${name}` });
}

function driver(name: string): Check {
  return passed('driver', `${name}.`);
}
