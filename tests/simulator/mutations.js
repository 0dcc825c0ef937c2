/**
 * What `make mutate-sync` breaks, one at a time: each says what goes wrong then, where, and what stands there instead.
 * @type {{ breaks: string, file: string, from: string, to: string }[]}
 */
export const mutations = [
  {
    breaks: 'A batch from the origin does not put the writes that wait back on top.',
    file: 'c-src/sync/fill.c', from: 'rc = replay_apply(database, view, true);', to: 'rc = TIDE_OK;',
  },
  {
    breaks: 'Neither does a snapshot.',
    file: 'c-src/sync/fill.c', from: 'rc = replay_apply(database, view, false);', to: 'rc = TIDE_OK;',
  },
  {
    breaks: 'A batch is stored over the writes that wait, whose base stays what it was.',
    file: 'c-src/sync/fill.c', from: 'rc = replay_strip(database, view, true);', to: 'rc = TIDE_OK;',
  },
  {
    breaks: 'What comes twice is taken in twice.',
    file: 'c-src/sync/sync.c', from: 'if (number > 0 && number <= session->told)', to: 'if (false)',
  },
  {
    breaks: 'Parts that are told anew are added to what was there.',
    file: 'c-src/sync/fill.c', from: 'IN (SELECT * FROM temp.', to: 'IN (SELECT 0 WHERE 0) AND EXISTS (SELECT * FROM temp.',
  },
  {
    breaks: 'Rows that the origin has deleted stay.',
    file: 'c-src/sync/fill.c', from: 'rc = delete_rows(database, view, batch.deleted);', to: 'rc = TIDE_OK;',
  },
  {
    breaks: 'Of a row that the origin has deleted, the writes that wait are not taken off.',
    file: 'c-src/sync/fill.c', from: 'rc = touch_block(database, view, batch->deleted, true);', to: 'rc = TIDE_OK;',
  },
  {
    breaks: 'A write stays on top of the row that contains it.',
    file: 'c-src/sync/fill.c', from: 'rc = replay_confirm(database, view, batch.applied);', to: 'rc = TIDE_OK;',
  },
  {
    breaks: 'A row that has come from the origin is still shown as a write of this device.',
    file: 'c-src/sync/fill.c', from: 'DO UPDATE SET __staged = 0, __version', to: 'DO UPDATE SET __version',
  },
  {
    breaks: 'A device reads on from further than it has stored.',
    file: 'c-src/sync/fill.c', from: 'rc = upsert_rows(database, view, batch.rows);', to: 'rc = TIDE_OK;',
  },
  {
    breaks: 'The writes that wait are put on top in the wrong order.',
    file: 'c-src/sync/replay.c', from: 'ORDER BY q.transaction_id, "', to: 'ORDER BY q.transaction_id DESC, "',
  },
  {
    breaks: 'A second write to a row takes what the first has made of it for what the origin has.',
    file: 'c-src/sync/replay.c', from: '(view_id, key) DO NOTHING', to: '(view_id, key) DO UPDATE SET image = excluded.image',
  },
  {
    breaks: 'A row that is put back has no version.',
    file: 'c-src/sync/replay.c', from: `0, json_extract(b.image, '$.__version')`, to: '0, NULL',
  },
  {
    breaks: 'A write that the origin has applied is not shown until its row comes.',
    file: 'c-src/sync/replay.c', from: ` OR (q.state = 'applied' AND NOT q.confirmed)`, to: '',
  },
  {
    breaks: 'A write whose row comes before its answer is never confirmed.',
    file: 'c-src/sync/answer.c', from: 'contained < answer->transactions[0]', to: 'contained <= answer->transactions[0]',
  },
  {
    breaks: 'A write that is in conflict stays on top.',
    file: 'c-src/sync/answer.c', from: 'rc = each_view(database, answer, strip_view);', to: 'rc = TIDE_OK;',
  },
  {
    breaks: 'Setting a conflict aside takes the other writes to its rows off as well.',
    file: 'c-src/sync/answer.c', from: 'return rc == TIDE_OK ? each_view(database, answer, apply_view) : rc;', to: 'return rc;',
  },
  {
    breaks: 'A row that has nothing but another version is in conflict.',
    file: 'c-src/sync/answer.c', from: 'rc == TIDE_OK ? touched_expect(database, view, write, goes_again) : rc', to: 'rc',
  },
  {
    breaks: 'A write whose row was only touched is sent again as it was.',
    file: 'c-src/sync/batch.c', from: 'CASE WHEN q.touched_version IS NOT NULL THEN "', to: 'CASE WHEN 0 THEN "',
  },
  {
    breaks: 'What waited for a discarded write keeps its number, under what has overtaken it.',
    file: 'c-src/sync/resolve.c', from: 'return rc == TIDE_OK ? renumber(database, conflict) : rc;\n}\n\nstatic int resolve(', to: 'return rc;\n}\n\nstatic int resolve(',
  },
  {
    breaks: 'A write that is tried again is not based on the row as it is now.',
    file: 'c-src/sync/resolve.c', from: 'rc = rebase(database, conflict);', to: 'rc = TIDE_OK;',
  },
  {
    breaks: 'Whether the origin has a transaction is not asked before it is tried again.',
    file: 'c-src/sync/answer.c', from: 'if (rc == TIDE_OK && answer->unsaid)', to: 'if (rc == TIDE_OK && false)',
  },
  {
    breaks: 'A transaction goes again under the number that the origin was asked about.',
    file: 'c-src/sync/resolve.c', from: 'return rc == TIDE_OK ? renumber(database, conflict) : rc;\n}\n\nint resolve_again', to: 'return rc;\n}\n\nint resolve_again',
  },
  {
    breaks: 'What waited for a transaction that the origin has keeps its number, under what has overtaken it.',
    file: 'c-src/sync/resolve.c', from: 'return rc == TIDE_OK ? renumber(database, conflict) : rc;\n}\n\nint resolve_applied', to: 'return rc;\n}\n\nint resolve_applied',
  },
  {
    breaks: 'Other values that were decided on are forgotten where the origin has the first.',
    file: 'c-src/sync/resolve.c', from: 'rc = queue_updates(database, conflict);', to: 'rc = TIDE_OK;',
  },
  {
    breaks: 'A connection that fails is tried again at once, again and again.',
    file: 'c-src/sync/sync.c', from: 'return delay / 2 + (int64_t)(random % (uint64_t)(delay / 2 + 1));', to: 'return (int64_t)(random % 1);',
  },
  {
    breaks: 'A commit is not made durable.',
    file: 'c-src/view/transaction.c', from: '  persist(database);\n  commit_announce', to: '  commit_announce',
  },
];
