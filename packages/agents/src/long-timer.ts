/** The longest wait that a timer of the platform takes; a longer one would fire at once. In ms. */
const LONGEST_WAIT_MS = 2_147_483_647;

/** Calls `action` after `delayMs`, however long that is. Returns the way to take it back. */
export function setLongTimer(delayMs: number, action: () => void): () => void {
  const dueAt = performance.now() + delayMs;
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const leftMs = dueAt - performance.now();
    timer =
      leftMs > LONGEST_WAIT_MS
        ? setTimeout(arm, LONGEST_WAIT_MS)
        : setTimeout(action, Math.max(0, leftMs));
  };
  arm();
  return () => clearTimeout(timer);
}
