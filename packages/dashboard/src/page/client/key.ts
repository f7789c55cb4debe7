const STORED = "axw-key";

/**
 * Returns the key of the server. It comes in the fragment of the address that the server prints,
 * which is then removed from the address bar; afterwards it is in the browser's storage.
 */
export function key(): string {
  const given = /^#key=([\w-]+)$/.exec(location.hash)?.[1];
  if (given !== undefined) {
    localStorage.setItem(STORED, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return localStorage.getItem(STORED) ?? "";
}
