/** The application in a page: makes a database on the page and one in a worker, reloads, reads both, and reports. */
import { read, write } from './notes.js';

const violations = [];
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
  if (blockedURI.endsWith('/favicon.ico')) return; // what WebKit asks for by itself
  violations.push(`${violatedDirective} ${blockedURI} ${sample}`);
});

const report = (about) => fetch('/report', { method: 'POST', body: JSON.stringify({ ...about, violations }) });

/** What an error says, with everything that a developer would see. */
const said = (error) => ({ message: String(error), code: error?.code, hint: error?.hint, stack: error?.stack });

addEventListener('error', ({ message, error }) => void report({ failed: said(error ?? message) }));
addEventListener('unhandledrejection', ({ reason }) => void report({ failed: said(reason) }));

/** Runs the phase that the address asks for. */
export async function run(Tidemark) {
  const phase = new URL(location.href).searchParams.get('phase') ?? 'write';
  const result = {};
  try {
    for (const worker of [false, true]) {
      const options = { path: `notes-${worker}`, worker };
      result[String(worker)] = phase === 'write' ? await write(Tidemark, options) : await read(Tidemark, options);
    }
    await report({ [phase]: result });
    if (phase === 'write') location.search = '?phase=read';
  } catch (error) {
    await report({ failed: said(error), phase, result });
  }
}
