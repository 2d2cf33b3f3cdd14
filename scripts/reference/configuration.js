// docs/reference/configuration.md, from the list of settings and what reads them.
import { Command } from 'commander';
import { built } from './built.js';
import { code, pageHead, paragraphs, sentence, table } from './markdown.js';

const RULES = `A flag wins over a variable, a variable over the file, the file over the default. There is at most
one file: \`keyturn.config.mjs\`, \`keyturn.config.js\` or \`keyturn.config.json\` in the working directory
(\`keyturn.config.ts\` where Node strips types), or the one that \`--config\` or \`KEYTURN_CONFIG\` names. It
holds one object (the default export, in a module) with the fields below. It is read once and checked
whole: all faults are shown together, and an unknown field, or an unknown variable that begins with
\`KEYTURN_\`, is refused with the nearest known name. So is an empty value, which is more often one that a
deployment forgot; but an empty \`KEYTURN_CONFIG\` names no file, as if it were not set.

\`keyturn config print\` shows every setting, its value and where it comes from, without passwords.`;

/** What has no option that describes it. @type {Readonly<Record<string, string>>} */
const IN_FILE = {
  destinations:
    'What destinations may reach, with the fields `roots`, `hosts`, `commands`, `connections`, `sealKey` and, in a module, `kinds`: see the guides of the destinations.',
  notices:
    'How people are told, with the fields `smtp`, `templates`, `quietHours`, `hosts` and `connections`: see the guide of the notices.',
};

/**
 * @returns {Promise<string>}
 * @public
 */
export async function configurationReference() {
  /** @type {Pick<typeof import('../../src/cli/settings.js'), 'SETTING_NAMES' | 'FILE_SETTINGS' | 'flagOf' | 'variableOf'>} */
  const { SETTING_NAMES, FILE_SETTINGS, flagOf, variableOf } = await built('cli/settings.js');
  /** @type {typeof import('../../src/cli/config.js')} */
  const { readConfig } = await built('cli/config.js');
  const { settings } = await readConfig({ flags: {}, env: {}, folder: '/' });
  const texts = await descriptions();
  const rows = SETTING_NAMES.map((name) => [
    code(name),
    code(flagOf(name)),
    code(variableOf(name)),
    defaultText(settings[name]),
    texts.get(flagOf(name)) ?? '',
  ]);
  const inFile = FILE_SETTINGS.map((name) => [code(name), '', '', 'none', IN_FILE[name] ?? '']);
  const head = pageHead({
    title: 'Configuration',
    source: 'src/cli/settings.ts and the options of src/cli',
    promise: 'After reading this you can set everything that can be set, in one of three places.',
  });
  const columns = ['Field', 'Flag', 'Variable', 'Default', 'What'];
  return paragraphs(head, RULES, table(columns, [...rows, ...inFile]));
}

/** What the options say of themselves, by their long flag. */
async function descriptions() {
  /** @type {typeof import('../../src/cli/shared-options.js')} */
  const { withData, withServing } = await built('cli/shared-options.js');
  const options = [withData(new Command()), withServing(new Command())].flatMap(
    ({ options: all }) => all,
  );
  return new Map(
    options.map(({ long, description }) => [long ?? '', sentence(withoutDefault(description))]),
  );
}

/** The default has a column of its own.
 * @param {string} description
 */
function withoutDefault(description) {
  return description.replace(/ \(default: [^)]*\)| \(the default\)/, '');
}

/** @param {unknown} value */
function defaultText(value) {
  if (value === null) return 'none';
  return value === '' ? 'empty' : code(String(value));
}
