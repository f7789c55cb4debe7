/** What must be closed at the end, in the reverse order of its opening. */
export class Cleanup {
  readonly #actions: (() => Promise<unknown>)[] = [];

  add(action: () => Promise<unknown>): void {
    this.#actions.push(action);
  }

  /** Closes everything, even if some of it fails. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const action of this.#actions.splice(0).reverse())
      await action().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }
}
