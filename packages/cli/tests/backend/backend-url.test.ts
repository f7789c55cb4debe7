import { describe, expect, test } from "vitest";
import { parseBackend } from "../../src/backend/backend-url.js";
import { hasPassword, withoutPassword } from "../../src/backend/without-password.js";
import { UsageError } from "../../src/UsageError.js";

const parse = (text: string): unknown => parseBackend(text, "--backend");

describe("parseBackend", () => {
  test.each([
    ["sqlite:runs.db", "runs.db"],
    ["sqlite:/var/runs.db", "/var/runs.db"],
    ["sqlite:///var/runs.db", "/var/runs.db"],
    ["SQLite:a b.db", "a b.db"],
  ])("reads %s as a file", (text, path) => {
    expect(parse(text)).toEqual({ kind: "sqlite", path });
  });

  test.each(["postgres://axw@db:5432/runs", "postgresql://axw@db/runs?sslmode=require"])(
    "keeps %s as it is",
    (url) => {
      expect(parse(url)).toEqual({ kind: "postgres", url, shown: url });
    },
  );

  test("keeps the password of a database for the connection, and hides it in what is shown", () => {
    expect(parse("postgres://axw:s3cret@db:5432/runs")).toEqual({
      kind: "postgres",
      url: "postgres://axw:s3cret@db:5432/runs",
      shown: "postgres://axw@db:5432/runs",
    });
  });

  test.each([
    ["restate://host", "http://host:8080", "http://host:9070"],
    ["restate://host:80?admin=90", "http://host:80", "http://host:90"],
    ["restates://host?admin=https://a/x/", "https://host:8080", "https://a/x"],
    ["restate://[::1]:8080?admin=9070", "http://[::1]:8080", "http://[::1]:9070"],
  ])("reads the two addresses in %s", (text, url, adminUrl) => {
    expect(parse(text)).toMatchObject({ kind: "restate", url, adminUrl });
  });

  test("hides the passwords of both addresses of Restate", () => {
    const parsed = parse("restate://u:s3cret@host?admin=http://v:t0psecret@host:9070");
    expect(parsed).toEqual({
      kind: "restate",
      url: "http://u:s3cret@host:8080",
      adminUrl: "http://v:t0psecret@host:9070",
      shown: "restate://u@host?admin=http://v@host:9070",
    });
  });

  test.each([
    ["runs.db", "is not a URL"],
    ["mysql://u:s3cret@db/runs", "begins with `mysql:`"],
    ["sqlite:", "names no file"],
    ["postgres:s3cret", "is not a URL"],
    ["postgres://u:s3cret@db", "names no database"],
    ["postgres://u:s3cret@db:port/x", "is not a URL"],
    ["restate://", "names no host"],
    ["restate://u:s3cret@host?admin=yes", "`admin` that is neither a port nor an http URL"],
    ["restate://u:s3cret@host?adm=9070", "the unknown parameter `adm`"],
    ["restate://host/path", "has a path"],
  ])("refuses %s, names the three forms and repeats no password", (text, problem) => {
    try {
      parse(text);
    } catch (error) {
      const { message, remedy = "" } = error as UsageError;
      expect(error).toBeInstanceOf(UsageError);
      expect(message).toContain(problem);
      expect(remedy).toMatch(/sqlite:PATH.*postgres:\/\/.*restate:\/\//);
      expect(message + remedy).not.toContain("s3cret");
      return;
    }
    expect.unreachable();
  });
});

describe("withoutPassword", () => {
  test.each([
    ["postgres://u:p@h/d", "postgres://u@h/d"],
    ["postgres://u:p/?#:@w@h/d", "postgres://u@h/d"],
    ["postgres://:p@h/d", "postgres://@h/d"],
    ["postgres://u@h/d?password=p&sslmode=require", "postgres://u@h/d?sslmode=require"],
    ["postgres://u@h/d?a=b&password=p", "postgres://u@h/d?a=b"],
    ["postgres://u@h:5432/d", "postgres://u@h:5432/d"],
    ["sqlite:a:b@c", "sqlite:a:b@c"],
  ])("turns %s into %s", (text, shown) => {
    expect(withoutPassword(text)).toBe(shown);
  });

  test("knows which words of a command line contain a password", () => {
    const words = ["run", "--backend=postgres://u:p@h/d", "postgres://u@h/d", "a:b@c", "x://y"];
    expect(words.map(hasPassword)).toEqual([false, true, false, false, false]);
  });
});
