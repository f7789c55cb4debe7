// Divides the feature into modules. Passwords and tokens make it a design of high risk.
import { text } from "node:stream/consumers";
import { answer } from "../../agents/request.mjs";

const task = await text(process.stdin);
const feature = /^Design (.*)\.$/m.exec(task)?.[1] ?? "this";
answer({
  summary:
    `For ${feature}: passwords are stored as salted scrypt hashes, a session is a token ` +
    "signed with HMAC-SHA-256 that expires after an hour, and the page has one form.",
  risk: /password|token/.test(feature) ? "high" : "low",
  modules: [
    {
      name: "passwords",
      owner: "backend",
      brief: "hashPassword(text) and checkPassword(text, hash), with a salt for each password.",
    },
    {
      name: "tokens",
      owner: "backend",
      brief: "issueToken(user, key, now) and readToken(token, key, now), valid for an hour.",
    },
    {
      name: "sign-in-form",
      owner: "frontend",
      brief:
        "signInForm({ email, problem }) returns the HTML of the form, with the values escaped.",
    },
  ],
});
