import { parse } from 'dotenv';
import { parse as parseYaml } from 'yaml';
import { dotenvFile } from '../../src/deliver/dotenv-file.js';
import { jsonFile } from '../../src/deliver/json-file.js';
import { yamlFile } from '../../src/deliver/yaml-file.js';
import { fileTarget } from '../setup/deliver-outside.js';
import { destinationContract } from '../setup/destination-contract.js';

const pointer = '/services/1/apiKey';

destinationContract('dotenv', (value) =>
  fileTarget(dotenvFile, {
    settings: (path) => ({ path, variable: 'API_KEY' }),
    textWith: (text) => `# ours\nexport API_KEY="${text}" # rotated\nPORT=80\n`,
    valueIn: (text) => parse(text)['API_KEY'],
    value,
  }),
);

destinationContract('json', (value) =>
  fileTarget(jsonFile, {
    settings: (path) => ({ path, pointer }),
    textWith: (text) => `{ "services": [{}, {"apiKey":"${text}"}]}`,
    valueIn: (text) => JSON.parse(text).services[1].apiKey,
    value,
  }),
);

destinationContract('yaml', (value) =>
  fileTarget(yamlFile, {
    settings: (path) => ({ path, pointer }),
    textWith: (text) => `services:\n  - {}\n  - apiKey: '${text}' # rotated\n`,
    valueIn: (text) => parseYaml(text).services[1].apiKey,
    value,
  }),
);
