/** Something that the person at the page can do something about. */
export class PageError extends Error {
  /**
   * @param {string} reason One sentence or two: what is wrong, and the way out.
   * @param {boolean} isFinal Whether another try has no chance.
   */
  constructor(reason, isFinal = false) {
    super(reason);
    this.isFinal = isFinal;
  }
}
