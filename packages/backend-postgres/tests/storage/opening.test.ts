import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { hidePassword, openPostgresStorage } from "../../src/index.js";
import { Connection } from "../../src/storage/connection/connect.js";
import { driverUrl } from "../../src/storage/connection/server-url.js";
import { revertSchema } from "../../src/storage/schema/migrate.js";
import { begin, seqsOf, turn } from "../support/commits.js";
import { query } from "../support/empty-tables.js";
import { sharedServer } from "../support/server.js";

const CHILD = fileURLToPath(new URL("../support/open-child.ts", import.meta.url));
const SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname = 'axw'";

describe("openPostgresStorage", () => {
  const server = sharedServer();
  const openError = async (options: Parameters<typeof openPostgresStorage>[0]) => {
    const opened = await openPostgresStorage(options).then(
      (storage) => storage,
      (error) => error,
    );
    if (!(opened instanceof Error)) opened.close();
    return opened;
  };

  test("creates the tables once when ten processes open an empty database together", async () => {
    const url = server.current.createDatabase();
    const opening = Array.from({ length: 10 }, () =>
      promisify(execFile)(process.execPath, [CHILD, url]),
    );
    const said = (await Promise.all(opening)).map(({ stdout }) => stdout.trim());
    const [ledger] = await query(url, "SELECT count(*)::int AS n FROM axw.workflow_migrations");
    expect([new Set(said).size, /^[0-9a-f]{32}$/.test(said[0] ?? ""), ledger?.["n"]]).toEqual([
      1,
      true,
      7,
    ]);
  });

  test("changes nothing in an empty database that it must not create tables in", async () => {
    const url = server.current.createDatabase();
    const codes = [
      await openError({ url, readOnly: true }),
      await openError({ url, create: false }),
    ];
    expect(codes.map(({ code }) => code)).toEqual(["database_unusable", "database_unusable"]);
    expect(await query(url, SCHEMAS)).toEqual([]);
  });

  test("opens a database for reading, and then refuses every write", async () => {
    const url = server.current.createDatabase();
    const writer = await openPostgresStorage({ url, waitMs: 10_000 });
    begin(writer, "r1");
    writer.commit(turn("r1", [1]));
    const reader = await openPostgresStorage({ url, readOnly: true, waitMs: 10_000 });
    expect(seqsOf(reader, "r1")).toEqual([1]);
    expect(() => reader.commit(turn("r1", [2]))).toThrow(
      expect.objectContaining({ code: "database_unusable" }),
    );
    writer.close();
    reader.close();
    expect(() => reader.getRun("r1")).toThrow(expect.objectContaining({ code: "engine_closed" }));
  });

  test("refuses a database of a newer version, and one whose migrations were edited", async () => {
    const url = server.current.createDatabase();
    (await openPostgresStorage({ url })).close();
    await query(
      url,
      `UPDATE axw.workflow_migrations SET sha256 = repeat('0', 64) WHERE number = 12`,
    );
    const edited = await openError({ url });
    await query(
      url,
      `DELETE FROM axw.workflow_migrations WHERE number = 12;
      INSERT INTO axw.workflow_migrations VALUES (999, 'later', repeat('0', 64), 1, 0)`,
    );
    const newer = await openError({ url });
    expect([edited.code, newer.code]).toEqual(["database_unusable", "database_newer"]);
  });

  test("migrates an older database once no engine uses it", async () => {
    const url = server.current.createDatabase();
    const storage = await openPostgresStorage({ url, waitMs: 10_000 });
    begin(storage, "r1");
    storage.close();
    await query(
      url,
      `ALTER TABLE axw.workflow_runs DROP COLUMN backend;
       DELETE FROM axw.workflow_migrations WHERE number = 17;
       DROP FUNCTION axw.commit`,
    );
    expect(await openError({ url, readOnly: true })).toMatchObject({ code: "database_unusable" });
    expect(await openError({ url })).toMatchObject({
      code: "run_owned_elsewhere",
      runId: "r1",
      message: expect.stringContaining("process 1 on here is running r1"),
    });
    await query(url, "UPDATE axw.workflow_runs SET lease_expires = 0");
    const migrated = await openPostgresStorage({ url, waitMs: 10_000 });
    migrated.commit(turn("r1", [1]));
    expect(seqsOf(migrated, "r1")).toEqual([1]);
    migrated.close();
  });

  test("refuses a database whose schema axw belongs to another program", async () => {
    const url = server.current.createDatabase();
    await query(url, "CREATE SCHEMA axw; CREATE TABLE axw.theirs (x int)");
    expect(await openError({ url })).toMatchObject({ code: "database_unusable" });
    expect(await query(url, "SELECT count(*)::int AS n FROM axw.theirs")).toEqual([{ n: 0 }]);
  });

  test("leaves nothing behind when its migrations are reverted", async () => {
    const url = server.current.createDatabase();
    await query(url, "CREATE TABLE theirs (x int)");
    const storage = await openPostgresStorage({ url, waitMs: 10_000 });
    begin(storage, "r1");
    storage.close();
    const name = "reverting";
    const connection = await Connection.open(
      { url, name, applicationName: name, readOnly: false },
      10_000,
    );
    await revertSchema(connection);
    await connection.close();
    expect(await query(url, SCHEMAS)).toEqual([]);
    (await openPostgresStorage({ url })).close();
    expect(await query(url, "SELECT count(*)::int AS n FROM theirs")).toEqual([{ n: 0 }]);
  });

  test("says what it lacks: a password, the right one, a database, or TLS", async () => {
    const url = server.current.createDatabase();
    await query(url, "CREATE ROLE locked LOGIN PASSWORD 'right'");
    const [row] = await query(url, "SELECT current_setting('hba_file') AS path");
    const path = String(row?.["path"]);
    const rule = "host all locked 127.0.0.1/32 scram-sha-256\n";
    writeFileSync(path, rule + readFileSync(path, "utf8"));
    await query(url, "SELECT pg_reload_conf()");
    const named = (user: string) => url.replace("axw@", `${user}@`);
    await vi.waitFor(async () => {
      expect(await openError({ url: named("locked:wrong") })).toBeInstanceOf(Error);
    });
    const errors = [
      await openError({ url: named("locked") }),
      await openError({ url: named("locked:wrong") }),
      await openError({ url: url.replace(/axw_\d+$/, "nowhere") }),
      await openError({ url: `${url}?sslmode=require` }),
    ];
    expect(errors.map(({ code }) => code)).toEqual(errors.map(() => "database_unusable"));
    expect(errors.map(({ remedy }) => remedy)).toEqual([
      expect.stringContaining("PGPASSWORD"),
      expect.stringContaining("PGPASSWORD"),
      expect.stringContaining("createdb"),
      expect.stringContaining("sslmode"),
    ]);
  });

  test("prints no warning of the driver, whatever its sslmode", () => {
    const url = "postgres://axw@db/work?sslmode=require";
    expect(driverUrl(url)).toBe("postgres://axw@db/work?sslmode=verify-full");
    expect(driverUrl(`${url}&uselibpqcompat=true`)).toBe(`${url}&uselibpqcompat=true`);
    expect(driverUrl("not a URL")).toBe("not a URL");
  });

  test("says which server it cannot reach, without the password", async () => {
    const url = server.current.createDatabase().replace("axw@", "axw:secret@");
    const missing = await openError({ url: url.replace(/\/axw_\d+$/, "/nowhere") });
    const away = await openError({ url: url.replace(/:\d+\//, ":1/") });
    expect([missing.code, away.code]).toEqual(["database_unusable", "database_busy"]);
    for (const { message } of [missing, away]) {
      expect(message).toContain("postgres://axw@127.0.0.1");
      expect(message).not.toContain("secret");
    }
    expect(hidePassword("postgres://a:b@h:1/d?password=c")).toBe("postgres://a@h:1/d");
    expect(hidePassword("not a URL with secret")).toBe("the PostgreSQL database");
    expect(await openError({ url: "sqlite:x" })).toMatchObject({ code: "invalid_argument" });
  });
});
