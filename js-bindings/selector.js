/** Which tables and views a call is about. */
import { TidemarkError } from './errors.js';

/**
 * All (undefined, null or '*'); a name, with its schema or in `public`; several of these; or by schema:
 * `{ shop: ['orders', 'items'], archive: '*' }`. Names are written as in the catalog, without quotes.
 * @typedef {string | readonly string[] | Readonly<Record<string, string | readonly string[]>> | null
 *   | undefined} Selector
 */

/**
 * A selector as pairs of schema and name; name null: every relation of the schema. Null: everything.
 * @param {Selector} selector
 * @returns {[string, string | null][] | null}
 */
export function relationsOf(selector) {
  if (selector === undefined || selector === null || selector === '*') return null;
  if (typeof selector === 'string') return [parseName(selector)];
  if (Array.isArray(selector)) return selector.map(parseName);
  if (typeof selector !== 'object') throw malformed(selector);
  return Object.entries(selector).flatMap(([schema, names]) =>
    (Array.isArray(names) ? names : [names]).map((name) => {
      if (typeof name !== 'string') throw malformed(selector);
      return /** @type {[string, string | null]} */ ([schema, name === '*' ? null : name]);
    }));
}

/**
 * A selector that the engine takes, which knows relations only.
 * @param {Selector} selector
 * @returns {[string, string][] | null}
 */
export function namedRelations(selector) {
  const relations = relationsOf(selector);
  for (const [schema, name] of relations ?? []) {
    if (name === null) {
      throw new TidemarkError('22023', `name the views of the schema ${schema}`, {
        hint: "'*' for all relations of a schema is understood by wal.subscribe, status and queue.",
      });
    }
  }
  return /** @type {[string, string][] | null} */ (relations);
}

/**
 * Whether a relation is selected.
 * @param {readonly (readonly [string, string | null])[] | null} relations
 * @param {string} schema
 * @param {string} name
 */
export function isSelected(relations, schema, name) {
  return relations === null
    || relations.some((each) => each[0] === schema && (each[1] === null || each[1] === name));
}

/**
 * @param {unknown} text `name` or `schema.name`
 * @returns {[string, string | null]}
 */
export function parseName(text) {
  if (typeof text !== 'string' || text === '') throw malformed(text);
  const dot = text.indexOf('.');
  if (dot === -1) return ['public', text];
  const name = text.slice(dot + 1);
  return [text.slice(0, dot), name === '*' ? null : name];
}

/** @param {unknown} selector */
function malformed(selector) {
  return new TidemarkError('22023', `${JSON.stringify(selector)} selects no tables or views`, {
    hint: "A selector is 'table', 'schema.table', an array of these, { schema: [tables] } or '*'.",
  });
}
