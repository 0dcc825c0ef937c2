// Compares how much of a built module a browser downloads with what wasm/size.txt allows.
// Usage: node tools/check-size.js module.wasm
import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const [file] = process.argv.slice(2);
const list = new URL('../wasm/size.txt', import.meta.url);
const allowed = Number(readFileSync(list, 'utf8'));
const size = gzipSync(readFileSync(file), { level: 9 }).length;

// Compilers differ by more than what is to be noticed: what counts is what the one we publish with makes.
if (existsSync('/usr/share/emscripten/emscripten-version.txt') && size > allowed) {
  console.error(`${file} has ${size} bytes with gzip, ${size - allowed} more than wasm/size.txt allows: ` +
    'make it smaller, or raise the number and say in the commit message what the bytes are for');
  process.exitCode = 1;
}
