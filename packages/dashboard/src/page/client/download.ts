import type { RouteName } from "../../api/paths.js";
import { fetchRoute, type Request } from "./call.js";

/**
 * Saves what a route answers with as a file. It is read by a request, because a link cannot send
 * the key.
 *
 * @throws ApiProblem
 */
export async function download<Name extends RouteName>(
  name: Name,
  request: Request<Name>,
  fileName: string,
): Promise<void> {
  const response = await fetchRoute(name, request);
  saveAs(await response.blob(), fileName);
}

/** Saves bytes as a file. */
export function saveAs(content: Blob, fileName: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = fileName.replace(/[^\w.-]+/g, "-");
  link.click();
  // The browser reads the address after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
