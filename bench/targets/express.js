// An Express application with one route: guarded or not, and with or without the counting of uses.
import { createServer } from 'node:http';
import express from 'express';
import { createKeyturn } from 'keyturn';
import { requireKey } from 'keyturn/express';
// biome-ignore lint/style/noRestrictedImports: what counting costs shows only without it, and no user needs a switch for that.
import { Recorder } from '../../dist/verify/record.js';
import { answering } from '../measure/answering.js';
import { OWNER, WANTED } from '../measure/keys.js';
import { listening } from './listening.js';

answering(async ({ isGuarded, isRecorded = true, trustedHops = 0, url }) => {
  if (!isRecorded) Recorder.prototype.accept = () => {};
  const keyturn = await createKeyturn({ database: url, trustedHops });
  const app = express();
  if (isGuarded) {
    app.get('/reports', requireKey(keyturn, { scopes: WANTED }), (req, res) => {
      res.json({ owner: req.apiKey.owner });
    });
  } else {
    app.get('/reports', (_req, res) => {
      res.json({ owner: OWNER });
    });
  }
  const port = await listening(createServer(app));
  return { hello: { port }, close: () => keyturn.close() };
});
