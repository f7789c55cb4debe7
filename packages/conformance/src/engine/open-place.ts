import { openPostgresStorage } from "@automatosx/backend-postgres";
import { type Clock, openSqliteStorage, type StoragePort } from "@automatosx/workflow";
import type { StoragePlace } from "./engine-settings.ts";

interface OpenOptions {
  /** How long a call may take, in ms. */
  readonly waitMs?: number;
  /** The clock of the engine: leases in PostgreSQL last as long as this clock says. */
  readonly clock?: Clock;
}

/** Opens the storage of a case. The caller closes it. */
export async function openPlace(
  place: StoragePlace,
  options: OpenOptions = {},
): Promise<StoragePort & { close(): void | Promise<void> }> {
  return place.kind === "sqlite"
    ? openSqliteStorage({ path: place.path })
    : await openPostgresStorage({ url: place.url, ...options });
}
