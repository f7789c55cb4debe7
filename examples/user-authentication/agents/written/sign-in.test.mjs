import assert from "node:assert/strict";
import { test } from "node:test";
import { checkPassword, hashPassword } from "./passwords.mjs";
import { signInForm } from "./sign-in-form.mjs";
import { issueToken, readToken } from "./tokens.mjs";

const HOUR = 3_600_000;

test("a user who enters the right password has a session for an hour", () => {
  const stored = hashPassword("correct horse");
  assert.equal(checkPassword("correct horse", stored), true);
  const token = issueToken("ada", "key", 0);
  assert.equal(readToken(token, "key", HOUR - 1), "ada");
  assert.equal(readToken(token, "key", HOUR), null);
});

test("a user who enters a wrong password sees the form again, with the reason", () => {
  assert.equal(checkPassword("battery staple", hashPassword("correct horse")), false);
  const html = signInForm({ email: "ada@example.org", problem: "The password is wrong." });
  assert.match(html, /role="alert">The password is wrong\./);
});

test("a token that was changed is not accepted", () => {
  const [, signature] = issueToken("ada", "key", 0).split(".");
  const forged = Buffer.from(JSON.stringify({ user: "root", until: HOUR })).toString("base64url");
  assert.equal(readToken(`${forged}.${signature}`, "key", 0), null);
});
