/**
 * Returns the decoded parts of the path of an address. A part that is not valid percent-encoding is
 * taken as it is written: it is then the id of something that does not exist.
 */
export function partsOfPath(pathname: string): readonly string[] {
  return pathname.split("/").filter(Boolean).map(decoded);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
