import express from 'express';
import { createKeyturn } from 'keyturn';
import { mountKeyturn, requireKey } from 'keyturn/express';

const { KEYTURN_DATABASE: database = 'sqlite:./keyturn.db', PORT: port = '3000' } = process.env;
const keyturn = await createKeyturn({ database, log: console });
const app = express();

app.get('/reports', requireKey(keyturn, { scopes: ['reports:read'] }), (req, res) => {
  res.json({ owner: req.apiKey.owner });
});
app.use('/keyturn', mountKeyturn(keyturn)); // The HTTP API, for holders of a management key.

const server = app.listen(Number(port), '127.0.0.1', () => {
  console.log('Listening:', server.address());
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => server.close(() => keyturn.close())); // Writes what was counted.
}
