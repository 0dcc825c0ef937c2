// Compares what a built module imports and exports with wasm/imports.txt and wasm/exports.txt.
// Usage: node tools/check-wasm.js module.wasm
import { readFileSync } from 'node:fs';

const [file] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(file));

/** @param {string} name */
function list(name) {
  return readFileSync(new URL(`../wasm/${name}.txt`, import.meta.url), 'utf8').split('\n').filter(Boolean);
}

const imports = WebAssembly.Module.imports(module).map((each) =>
  (each.module === 'env' ? each.name : `${each.module}.${each.name}`));
const exports = WebAssembly.Module.exports(module).map((each) => each.name);
const wantedImports = list('imports');
const wantedExports = list('exports');

const complaints = [
  ...imports.filter((name) => !wantedImports.includes(name)).map((name) => `imports ${name}, which the host does not have`),
  ...wantedImports.filter((name) => !imports.includes(name)).map((name) => `does not import ${name}`),
  ...wantedExports.filter((name) => !exports.includes(name)).map((name) => `does not export ${name}`),
  // Emscripten adds exports of its own, which differ from release to release.
  ...exports.filter((name) => name.startsWith('tidemark_') && !wantedExports.includes(name))
    .map((name) => `exports ${name}, which wasm/exports.txt does not know`),
];
for (const complaint of complaints) console.error(`${file} ${complaint}`);
process.exitCode = complaints.length === 0 ? 0 : 1;
