import { inspectEpoch } from '../epoch-report.js';
import type { UpkeepTarget } from '../upkeep.js';
import { type Check, failed, passed, warned } from './doctor-check.js';
import { dumpCommand } from './postgres-tools.js';
import { redacted } from './setting-values.js';

/** Whether a database that was put back would be noticed, and how it is backed up. */
export async function checkEpoch(target: UpkeepTarget, where: string): Promise<Check> {
  const { database } = target;
  const report = await inspectEpoch(target);
  const backup = database.startsWith('sqlite:')
    ? ''
    : ` Back it up by: ${dumpCommand(redacted(database), 'keyturn.dump')}`;
  switch (report.kind) {
    case 'fine': {
      const what = backup === '' ? 'The last change is remembered outside the database.' : '';
      return passed('epoch', what || `${report.path} remembers changes.${backup}`);
    }
    case 'none': {
      const detail = `A backup that is put back would not be noticed.${backup}`;
      return warned('epoch', {
        detail,
        fix: 'Set KEYTURN_EPOCH_FILE, to a file of each instance.',
      });
    }
    case 'damaged': {
      const detail =
        `${report.path} is damaged: nobody can tell whether the data is older than what was seen. ` +
        'Who opens the database next puts it in quarantine.';
      return failed('epoch', 'store_quarantined', {
        detail,
        fix: `keyturn quarantine show${where}`,
      });
    }
    case 'unusable': {
      const [detail = '', ...fixes] = report.detail.split(/(?<=[.]) (?=[A-Z])/);
      return failed('epoch', 'config_invalid', { detail, fix: fixes.join(' ') });
    }
  }
}
