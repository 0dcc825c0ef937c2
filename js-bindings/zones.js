/** The offsets of time zones, which the host knows: the engine carries no database of them. */

/** What the engine takes for "there is no such zone". */
const UNKNOWN = -(2 ** 31);
/** Before this, in 1811, every place has the time of its own sun. */
const FIRST = -5e9;
const REMEMBERED = 100;

/** @type {Map<string, Intl.DateTimeFormat | null>} */
const formats = new Map();

/**
 * What shows the time in a zone as month, day, year, hour, minute and second; null: there is none of that name.
 * @param {string} name
 */
function formatOf(name) {
  let format = formats.get(name);
  if (format !== undefined) return format;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23',
      year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    });
  } catch {
    format = null;
  }
  if (formats.size >= REMEMBERED) formats.clear();
  formats.set(name, format);
  return format;
}

/**
 * Seconds that clocks in a zone are ahead of UTC, at a second since 1970.
 * @param {string} name
 * @param {number} second
 */
export function zoneOffset(name, second) {
  const format = formatOf(name);
  if (!format) return UNKNOWN;
  const at = Math.max(second, FIRST);
  const shown = format.format(at * 1000).match(/\d+/g);
  if (!shown) return UNKNOWN;
  const [month, day, year, hour, minute, seconds] = shown.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, seconds) / 1000 - at;
}
