// An Express application that refuses what stands in no Set: a guard that could not do less.
import { createServer } from 'node:http';
import express from 'express';
import { answering } from '../measure/answering.js';
import { OWNER } from '../measure/keys.js';
import { listening } from './listening.js';

answering(async ({ keys }) => {
  const known = new Set(keys);
  const app = express();
  app.use('/reports', (req, res, next) => {
    if (known.has(req.headers['x-api-key'])) next();
    else res.status(401).json({ code: 'unknown' });
  });
  app.get('/reports', (_req, res) => {
    res.json({ owner: OWNER });
  });
  return { hello: { port: await listening(createServer(app)) } };
});
