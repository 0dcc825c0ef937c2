/** Corpora of the differential suite (tests/sql/README.md): statements, some of them made from templates. */

/**
 * @typedef {object} Statement
 * @property {number} line on which it begins
 * @property {string} sql
 * @property {string | null} differs why Tidemark's answer is meant to be another one
 */

/**
 * The statements of a corpus, every template written out. What follows a line `-- rest name: value | value …` is there once for
 * each of the values.
 * @param {string} text
 * @returns {Statement[]}
 */
export function readCorpus(text) {
  const rest = /^-- rest (.*)$/m.exec(text);
  if (!rest) return readStatements(text);
  const head = text.slice(0, rest.index), tail = text.slice(rest.index + rest[0].length);
  const before = head.split('\n').length - 1;
  /** @type {Map<string, string[]>} */
  const names = new Map();
  addName(names, rest[1]);
  return [...readStatements(head), ...instances(tail, names).flatMap((once) =>
    readStatements(once).map((statement) => ({ ...statement, line: statement.line + before })))];
}

/**
 * @param {string} text
 * @returns {Statement[]}
 */
function readStatements(text) {
  /** @type {Statement[]} */
  const statements = [];
  /** @type {Map<string, string[]>} the values of each name of a template */
  let names = new Map();
  /** @type {string | null} */
  let differs = null;
  /** @type {string[]} */
  let body = [];
  for (const [index, line] of text.split('\n').entries()) {
    const directive = body.length === 0 ? /^-- (each|differs):? (.*)$/.exec(line) : null;
    if (directive?.[1] === 'differs') differs = directive[2];
    else if (directive) addName(names, directive[2]);
    if (body.length === 0 && (line === '' || line.startsWith('--'))) continue;
    body.push(line);
    if (!line.endsWith(';')) continue;
    for (const sql of instances(body.join('\n'), names)) {
      statements.push({ line: index + 2 - body.length, sql, differs });
    }
    [names, differs, body] = [new Map(), null, []];
  }
  if (body.length > 0) throw new Error(`no semicolon ends: ${body.join('\n')}`);
  return statements;
}

/**
 * @param {Map<string, string[]>} names
 * @param {string} text name: value | value …
 */
function addName(names, text) {
  const colon = text.indexOf(':');
  names.set(text.slice(0, colon), text.slice(colon + 1).split(' | ').map((value) => value.trim().replaceAll('\\|', '|')));
}

/**
 * The template with every combination of values in place of its names, and of those that values name in turn.
 * @param {string} template
 * @param {Map<string, string[]>} names
 * @returns {string[]}
 */
function instances(template, names) {
  const name = [...names.keys()].find((each) => template.includes(`@${each}@`));
  if (name === undefined) return [template];
  const values = /** @type {string[]} */ (names.get(name));
  return values.flatMap((value) => instances(template.replaceAll(`@${name}@`, () => value), names));
}
