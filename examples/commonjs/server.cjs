// Keyturn is made of ES modules; Node 20.19 and later load them by `require`.
const express = require('express');
const { createKeyturn } = require('keyturn');
const { requireKey } = require('keyturn/express');

const { KEYTURN_DATABASE: database = 'sqlite:./keyturn.db', PORT: port = '3000' } = process.env;

async function main() {
  const keyturn = await createKeyturn({ database, log: console });
  const app = express();
  app.get('/reports', requireKey(keyturn, { scopes: ['reports:read'] }), (req, res) => {
    res.json({ owner: req.apiKey.owner });
  });
  const server = app.listen(Number(port), '127.0.0.1', () => {
    console.log('Listening:', server.address());
  });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => server.close(() => keyturn.close())); // Writes what was counted.
  }
}

void main();
