import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConnectionSettings, Connections, type Credential } from './deliver/connection.js';
import { ConfigInvalidError } from './errors.js';
import type { Plaintext } from './keys/plaintext.js';
import type { NoticeOptions, SmtpOptions } from './notice-options.js';
import type { Channel, NoticeNetwork } from './notify/channel.js';
import { mail } from './notify/mail.js';
import type { Mail } from './notify/mail-body.js';
import type { Message } from './notify/message.js';
import { PartlyTaken } from './notify/partly-taken.js';
import type { Places } from './notify/recipient.js';
import { slack } from './notify/slack.js';
import { type MailTemplates, readTemplates } from './notify/templates.js';
import { webhook } from './notify/webhook.js';
import { openNetwork } from './outside/network.js';
import { environment } from './ports.js';

/** How a channel of the kinds `slack` and `webhook` is set. */
interface ChannelSettings {
  readonly connection: string;
}

interface Outside {
  readonly network: NoticeNetwork;
  readonly nowMs: () => number;
}

/** What the options let notices be sent by. Credentials are read at each use. */
export function placesOf(options: NoticeOptions | undefined, nowMs: () => number): Places {
  const { hosts = [], connections: named = {}, smtp, templates } = options ?? {};
  const connections = new Connections({
    connections: named,
    env: environment(),
    readFile: (path) => readFile(path, 'utf8'),
  });
  const outside = { network: networkOf(hosts), nowMs };
  const taken = new PartlyTaken();
  let reading: Promise<MailTemplates> | undefined;
  return {
    async mail() {
      if (smtp === undefined) {
        throw new ConfigInvalidError(
          'No mail server is configured. Set "notices.smtp" in the configuration.',
        );
      }
      if (templates !== undefined) reading ??= readTemplates(folderOf(templates));
      return mailBy({ connections, taken }, smtp, await reading);
    },
    async open({ settings }) {
      const { connection }: ChannelSettings = JSON.parse(settings);
      const found = Object.hasOwn(named, connection) ? named[connection] : undefined;
      if (found === undefined) {
        throw new ConfigInvalidError(
          `The configuration has no connection "${connection}". Add it to "notices.connections".`,
        );
      }
      return channelBy(connections, { name: connection, found }, outside);
    },
  };
}

function folderOf(path: string) {
  return {
    names: async () => (await readdir(path)).toSorted(),
    read: (name: string) => readFile(join(path, name), 'utf8'),
  };
}

async function mailBy(
  { connections, taken }: { readonly connections: Connections; readonly taken: PartlyTaken },
  { host, port, security = 'starttls', user, password, from, ca }: SmtpOptions,
  templates: MailTemplates | undefined,
): Promise<Channel<Mail>> {
  const authorities = ca === undefined ? undefined : await connections.file(ca);
  if (ca !== undefined && authorities === undefined) {
    throw new ConfigInvalidError('The file that "notices.smtp.ca" names cannot be read.');
  }
  const login =
    user === undefined || password === undefined
      ? undefined
      : { user, password: await readOf(connections, password, 'notices.smtp') };
  return mail({ host, port, security, from, login, authorities, templates }, taken);
}

/** @throws {ConfigInvalidError} it is not there. */
async function readOf(connections: Connections, what: Credential, of: string): Promise<Plaintext> {
  const read = await connections.read(what, of);
  if (!('kind' in read)) return read;
  throw new ConfigInvalidError(read.message);
}

async function channelBy(
  connections: Connections,
  { name, found }: { readonly name: string; readonly found: ConnectionSettings },
  outside: Outside,
): Promise<Channel<Message>> {
  const read = (what: Credential) => readOf(connections, what, name);
  switch (found.kind) {
    case 'slack':
      return slack({ url: await read(found.address) }, outside);
    case 'teams':
    case 'discord':
      return webhook({ template: found.kind, url: await read(found.address) }, outside);
    case 'pagerduty': {
      const { region = 'us' } = found;
      const routingKey = await read(found.routingKey);
      return webhook({ template: 'pagerduty', routingKey, region }, outside);
    }
    case 'notice-webhook': {
      const { address, secret, previousSecret: previous } = found;
      const [url, current] = [await read(address), await read(secret)];
      const secrets = previous === undefined ? [current] : [current, await read(previous)];
      return webhook({ template: 'standard', url, secrets }, outside);
    }
    default:
      throw new ConfigInvalidError(
        `The connection "${name}" is one for destinations. A channel needs slack, teams, discord, pagerduty or notice-webhook.`,
      );
  }
}

/** The network as notices know it: whatever was not reached is tried again, but where none may. */
function networkOf(hosts: readonly string[]): NoticeNetwork {
  const network = openNetwork({ hosts });
  return {
    async request(call) {
      // A notice that was taken and told again for three days would be noise.
      const answer = await network.request({ ...call, isStatusEnough: true });
      if (answer.kind === 'answered') return answer;
      const isRefused = answer.class === 'refused_address';
      return {
        kind: 'failed',
        class: isRefused ? 'refused' : 'transient',
        message: answer.message.replaceAll('destinations.hosts', 'notices.hosts'),
      };
    },
  };
}
