import { openPostgresStorage } from "@automatosx/backend-postgres";
import { openSqliteStorage, type StoragePort } from "@automatosx/workflow";
import type { StoragePlace } from "./engine-settings.ts";

/** Opens the storage of a case. The caller closes it. `waitMs`: how long a call may take. */
export async function openPlace(
  place: StoragePlace,
  { waitMs }: { readonly waitMs?: number } = {},
): Promise<StoragePort & { close(): void | Promise<void> }> {
  return place.kind === "sqlite"
    ? openSqliteStorage({ path: place.path })
    : await openPostgresStorage({ url: place.url, ...(waitMs !== undefined && { waitMs }) });
}
