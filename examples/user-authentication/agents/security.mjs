// Reviews a module by using it as an attacker would. The findings depend on what the code does.
import path from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { answer } from "../../agents/request.mjs";

const HOUR = 3_600_000;
const REVIEWS = {
  "passwords.mjs": ({ hashPassword, checkPassword }) => [
    hashPassword("secret") === hashPassword("secret") && "Equal passwords have equal hashes.",
    checkPassword("wrong", hashPassword("secret")) && "A wrong password is accepted.",
  ],
  "tokens.mjs": ({ issueToken, readToken }) => {
    const token = issueToken("ada", "key", 0);
    return [
      readToken(token, "key", 2 * HOUR) !== null && "A token is accepted after it has expired.",
      readToken(token, "other key", 0) !== null && "A token with another signature is accepted.",
    ];
  },
  "sign-in-form.mjs": ({ signInForm }) => [
    signInForm({ email: '"><script>' }).includes("<script>") && "The email is not escaped.",
  ],
};

const task = await text(process.stdin);
const [, file = "", folder = ""] = /^Review (\S+\.mjs) in (.*?)\. /.exec(task) ?? [];
const review = REVIEWS[file];
const module = await import(pathToFileURL(path.join(folder, file)).href);
const findings = (review?.(module) ?? []).filter((finding) => finding !== false);
answer({ accepted: findings.length === 0, findings });
