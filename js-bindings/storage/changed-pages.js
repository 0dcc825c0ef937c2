/**
 * Pages that have changed since their block was written, kept apart from it: a commit writes few bytes, and a block only once many of its
 * pages have changed.
 */

/** @typedef {Map<number, Uint8Array>} Pages by number */

export class ChangedPages {
  #blockPages;
  #max;
  /** @type {Map<number, Pages>} by block */
  #blocks = new Map();
  #count = 0;

  /**
   * @param {number} blockPages pages of a block
   * @param {number} max most pages that are kept
   */
  constructor(blockPages, max) {
    this.#blockPages = blockPages;
    this.#max = max;
  }

  /** @param {Iterable<[number, Uint8Array]>} pages that are kept from now on */
  reset(pages = []) {
    this.#blocks = this.#byBlock(pages);
    this.#recount();
  }

  /** @param {number} block */
  of(block) {
    return this.#blocks.get(block) ?? new Map();
  }

  /**
   * Which blocks have to be written with a commit; its other pages are kept, as copies: the commit's own may be parts of a memory that changes.
   * @param {Iterable<[number, Uint8Array]>} pages of the commit
   * @param {number} end pages from there on are gone with it
   * @param {(block: number, count: number) => boolean} isWritten whether a block is written in any case, by how many of its pages the commit has
   * @returns {{ blocks: Map<number, Pages>, pages: Pages }} blocks: with the newest of the pages that belong into them
   */
  plan(pages, end, isWritten) {
    const given = this.#byBlock(pages);
    /** @type {Map<number, Pages>} */
    const blocks = new Map();
    for (const [block, some] of given) if (isWritten(block, some.size)) blocks.set(block, some);
    for (const [block, all] of this.#toMakeRoom(given, blocks, end)) blocks.set(block, all);
    const kept = [...given].filter(([block]) => !blocks.has(block)).flatMap(([, some]) => [...some]);
    return { blocks, pages: new Map(kept.map(([number, page]) => [number, page.slice()])) };
  }

  /**
   * The plan has been carried out.
   * @param {{ blocks: Map<number, Pages>, pages: Pages }} plan
   * @param {number} end the same as of the plan
   */
  carriedOut({ blocks, pages }, end) {
    for (const block of blocks.keys()) this.#blocks.delete(block);
    for (const [number, page] of pages) {
      const block = Math.floor(number / this.#blockPages);
      this.#blocks.set(block, this.of(block).set(number, page));
    }
    for (const [block, some] of this.#blocks) {
      const left = this.#before(end, block, some);
      if (left.size === 0) this.#blocks.delete(block);
      else this.#blocks.set(block, left);
    }
    this.#recount();
  }

  /**
   * @param {number} end
   * @param {number} block
   * @param {Pages} pages of the block
   * @returns {Pages} those before the end
   */
  #before(end, block, pages) {
    const all = (block + 1) * this.#blockPages <= end;
    return all ? pages : new Map([...pages].filter(([number]) => number < end));
  }

  #recount() {
    this.#count = [...this.#blocks.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Blocks that are written because there would be too many pages otherwise: those that take most of them along.
   * @param {Map<number, Pages>} given
   * @param {Map<number, Pages>} written in any case
   * @param {number} end
   * @returns {[number, Pages][]}
   */
  #toMakeRoom(given, written, end) {
    const more = [...given].reduce((sum, [block, { size }]) => sum + (written.has(block) ? 0 : size), 0);
    if (this.#count + more <= this.#max) return [];
    const all = [...new Set([...this.#blocks.keys(), ...given.keys()])].filter((block) => !written.has(block))
      .map((block) => /** @type {[number, Pages]} */ ([block, new Map([...this.#before(end, block, this.of(block)), ...given.get(block) ?? []])]));
    all.sort(([, a], [, b]) => b.size - a.size);
    let left = all.reduce((sum, [, { size }]) => sum + size, 0);
    let taken = 0;
    for (; left > this.#max; taken++) left -= all[taken][1].size;
    return all.slice(0, taken);
  }

  /** @param {Iterable<[number, Uint8Array]>} pages */
  #byBlock(pages) {
    /** @type {Map<number, Pages>} */
    const blocks = new Map();
    for (const [number, page] of pages) {
      const block = Math.floor(number / this.#blockPages);
      if (!blocks.has(block)) blocks.set(block, new Map());
      blocks.get(block)?.set(number, page);
    }
    return blocks;
  }
}
