/**
 * What the row-level security of a PostgreSQL's relations depends on: a change there may show or hide rows that have not
 * changed themselves.
 *
 * The catalogs tell which relations a policy reads: directly, through views, through the policies of what it reads, and
 * through functions whose body PostgreSQL has parsed (BEGIN ATOMIC).
 */
import { quoteLiteral } from './sql-text.js';

/**
 * @typedef {import('./types.js').Relation} Relation
 * @typedef {{ reads: Relation[], mark: string }} RowSecurity `reads`: the tables that decide, the relation itself only if its
 *   policies look at other rows of it; `mark`: changes with the policies and the rights
 */

// A policy always depends on its own relation. It reads other rows of that one only through a view or a function: PostgreSQL
// refuses it otherwise, as an endless recursion.
const dependencies = (/** @type {string} */ relations) => `
  WITH RECURSIVE reached (root, class, oid) AS (
    SELECT r.oid, 'pg_catalog.pg_class'::regclass::oid, r.oid
    FROM pg_catalog.jsonb_array_elements(${relations}::jsonb) e
    JOIN pg_catalog.pg_namespace n ON n.nspname = e ->> 0
    JOIN pg_catalog.pg_class r ON r.relnamespace = n.oid AND r.relname = e ->> 1
    UNION
    SELECT reached.root, used.class, used.oid FROM reached, LATERAL (
      SELECT 'pg_catalog.pg_policy'::regclass::oid AS class, p.oid FROM pg_catalog.pg_policy p
      JOIN pg_catalog.pg_class r ON r.oid = p.polrelid
      WHERE reached.class = 'pg_catalog.pg_class'::regclass AND p.polrelid = reached.oid
        AND r.relrowsecurity AND p.polcmd IN ('*', 'r')
      UNION ALL
      SELECT 'pg_catalog.pg_rewrite'::regclass::oid, w.oid FROM pg_catalog.pg_rewrite w
      WHERE reached.class = 'pg_catalog.pg_class'::regclass AND w.ev_class = reached.oid
      UNION ALL
      SELECT d.refclassid, d.refobjid FROM pg_catalog.pg_depend d
      WHERE reached.class <> 'pg_catalog.pg_class'::regclass AND d.classid = reached.class AND d.objid = reached.oid
        AND d.refclassid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_proc'::regclass)
    ) AS used
  ), own (root) AS (
    SELECT DISTINCT reached.root FROM reached JOIN pg_catalog.pg_depend d ON d.classid = reached.class AND d.objid = reached.oid
    WHERE reached.class IN ('pg_catalog.pg_rewrite'::regclass, 'pg_catalog.pg_proc'::regclass)
      AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = reached.root
  )
  SELECT n.nspname, r.relname,
    (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(un.nspname, u.relname))::text
     FROM reached JOIN pg_catalog.pg_class u ON reached.class = 'pg_catalog.pg_class'::regclass AND u.oid = reached.oid
     JOIN pg_catalog.pg_namespace un ON un.oid = u.relnamespace
     WHERE reached.root = r.oid AND u.relkind IN ('r', 'p') AND un.nspname <> 'pg_catalog'
       AND (u.oid <> r.oid OR r.oid IN (SELECT root FROM own))),
    (SELECT pg_catalog.hashtextextended(pg_catalog.string_agg(
       pg_catalog.concat_ws(' ', reached.oid, p.xmin, u.relrowsecurity, u.relforcerowsecurity, u.relacl, u.reloptions), ';'
       ORDER BY reached.class, reached.oid), 0)::text
     FROM reached
     LEFT JOIN pg_catalog.pg_policy p ON reached.class = 'pg_catalog.pg_policy'::regclass AND p.oid = reached.oid
     LEFT JOIN pg_catalog.pg_class u ON reached.class = 'pg_catalog.pg_class'::regclass AND u.oid = reached.oid
     WHERE reached.root = r.oid)
  FROM pg_catalog.pg_class r JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
  WHERE r.oid IN (SELECT root FROM reached)`;

/**
 * Asks what decides about the rows of each relation.
 * @param {Relation[]} relations
 */
export function rowSecurityQuery(relations) {
  return dependencies(quoteLiteral(JSON.stringify(relations.map(({ schema, name }) => [schema, name]))));
}

/**
 * The answer, by `nameOf`.
 * @param {string[][]} rows
 * @returns {Map<string, RowSecurity>}
 */
export function rowSecurityOf(rows) {
  return new Map(rows.map(([schema, name, reads, mark]) => [nameOf({ schema, name }), {
    reads: /** @type {string[][]} */ (JSON.parse(reads ?? '[]')).map(([schema, name]) => ({ schema, name })),
    mark,
  }]));
}

/** @param {Relation} relation */
export function nameOf({ schema, name }) {
  return JSON.stringify([schema, name]);
}
