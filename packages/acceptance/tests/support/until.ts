/** Waits for `find` to give something; fails after `limitMs` with what was waited for. */
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
      throw new Error(`Waited ${limitMs} ms in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
