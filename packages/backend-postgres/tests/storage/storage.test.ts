import { describeStorage } from "@automatosx/workflow/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openPostgresStorage, type PostgresStorage } from "../../src/index.js";
import { emptyTables } from "../support/empty-tables.js";
import { sharedServer } from "../support/server.js";

const HOUR_BEFORE = { now: () => -3_600_000 };

// The suite opens a storage without waiting, so each test finds one that was opened before it.
describe("PostgresStorage", () => {
  const server = sharedServer();
  let url = "";
  let storage: PostgresStorage;
  beforeEach(async () => {
    url ||= server.current.createDatabase();
    storage = await openPostgresStorage({ url, waitMs: 10_000, clock: HOUR_BEFORE });
    await emptyTables(url);
  });
  afterEach(() => storage.close());

  describeStorage(
    "PostgresStorage",
    () => storage,
    { describe, test, expect },
    {
      hasOwnClock: true,
    },
  );
});
