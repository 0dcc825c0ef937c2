/** A database in a page of a browser. */

/** Opens a database in the page, kept as `globalThis.db`; resolves to the name of its storage. */
export const open = (page, options) => page.evaluate(async (given) => {
  const { Tidemark } = await import('/tidemark/index.js');
  globalThis.db = new Tidemark(given);
  await globalThis.db.connect();
  return globalThis.db.storage;
}, options);

export const query = (page, sql, parameters = []) =>
  page.evaluate(async ([text, values]) => (await globalThis.db.query(text, values)).rows, [sql, parameters]);

export const close = (page) => page.evaluate(() => globalThis.db.close());
