/**
 * Values that are equal when their texts are: those of a row and of a query can be told apart without their database.
 */

/** @typedef {'integer' | 'uuid' | 'text'} Comparable */

/** How the origin prints what can be compared as text. */
export const CANONICAL = {
  integer: /^(0|-?[1-9]\d{0,18})$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  text: /^/,
};

/** The types whose values are equal when their texts are, and of what kind they are. */
export const COMPARABLE_TYPES = `VALUES ('pg_catalog.int2'::regtype, 'integer'), ('pg_catalog.int4', 'integer'),
  ('pg_catalog.int8', 'integer'), ('pg_catalog.uuid', 'uuid'), ('pg_catalog.text', 'text'), ('pg_catalog.varchar', 'text')`;
