/** Polls `find` until it returns a value. After `limitMs`, throws an error that mentions `what`. */
export async function until<T>(
  what: string,
  find: () => T | undefined,
  limitMs = 20_000,
): Promise<T> {
  const startedAt = performance.now();
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    if (performance.now() - startedAt > limitMs)
      throw new Error(`${what} did not appear within ${limitMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
