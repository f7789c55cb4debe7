import { openPostgresStorage } from "@automatosx/backend-postgres";
import { openSqliteStorage, type StoragePort } from "@automatosx/workflow";
import type { StoragePlace } from "./engine-settings.ts";

/** Opens the storage of a case. The caller closes it. */
export async function openPlace(
  place: StoragePlace,
  options: { readonly readOnly?: boolean } = {},
): Promise<StoragePort & { close(): unknown }> {
  return place.kind === "sqlite"
    ? openSqliteStorage({ path: place.path, ...options })
    : await openPostgresStorage({ url: place.url, ...options });
}
