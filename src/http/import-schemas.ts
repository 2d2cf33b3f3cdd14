import Type from 'typebox';
import { closed, nullable, replayed, Texts, Time } from './schemas.js';

const Admission = Type.Enum(['admitted', 'refused']);
const Outcome = Type.Enum(['created', 'unchanged', 'differs', 'refused', 'reissue']);

export const ImportReportSchema = closed({
  rows: Type.Array(
    closed({
      row: Type.Integer({ description: 'its place in the call, from 0' }),
      id: nullable(Type.String()),
      outcome: Outcome,
      key: nullable(Type.String()),
      name: Type.Optional(Type.String()),
      notes: Type.Optional(Texts),
      differs: Type.Optional(Texts),
      endedThere: Type.Optional(Type.Literal(true)),
      reason: Type.Optional(Type.String()),
      fix: Type.Optional(Type.String()),
    }),
  ),
  totals: closed({
    rows: Type.Integer(),
    created: Type.Integer(),
    unchanged: Type.Integer(),
    differs: Type.Integer(),
    refused: Type.Integer(),
    reissue: Type.Integer(),
  }),
  dryRun: Type.Optional(Type.Literal(true)),
  replayed,
});

export const SwitchReportSchema = closed({
  since: nullable(Time),
  checks: closed({
    agreed: Type.Integer({ description: 'both decided alike' }),
    admitted: Type.Integer({ description: 'of those that agreed, both admitted' }),
    disagreed: Type.Integer(),
    undecided: Type.Integer({ description: 'the old check refused, Keyturn came to no verdict' }),
    unasked: Type.Integer(),
    skipped: Type.Integer(),
  }),
  disagreements: Type.Integer(),
  isSafe: Type.Boolean(),
  items: Type.Array(
    closed({
      keyspace: Type.String(),
      key: nullable(Type.String()),
      hint: nullable(Type.String()),
      label: nullable(Type.String()),
      old: Admission,
      keyturn: Admission,
      code: nullable(Type.String()),
      count: Type.Integer(),
      firstAt: Time,
      lastAt: Time,
    }),
  ),
  nextCursor: nullable(Type.String()),
});
