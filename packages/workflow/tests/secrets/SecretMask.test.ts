import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SecretMask } from "../../src/secrets/SecretMask.js";

const SECRET = "t0p secret/key+1%!";

function streamed(mask: SecretMask, pieces: readonly string[]): string {
  const stream = mask.stream();
  return pieces.map((piece) => stream.write(piece)).join("") + stream.end();
}

/** Every way to write the value that a mask must recognise. */
function spellings(value: string): string[] {
  const bytes = Buffer.from(value);
  const python = [...bytes]
    .map((byte) => `%${byte.toString(16).padStart(2, "0").toUpperCase()}`)
    .join("");
  return [
    value,
    encodeURIComponent(value),
    new URLSearchParams({ value }).toString().slice("value=".length),
    python,
    python.toLowerCase(),
    JSON.stringify(value).slice(1, -1),
    ...[0, 1, 2].flatMap((before) => {
      const text = Buffer.concat([Buffer.alloc(before, "x"), bytes, Buffer.from("yz")]);
      return [text.toString("base64"), text.toString("base64url")];
    }),
  ];
}

describe("SecretMask.text", () => {
  test("replaces every occurrence", () => {
    const mask = new SecretMask([SECRET]);
    expect(mask.text(`a ${SECRET} b ${SECRET}${SECRET}`)).toBe("a *** b ******");
  });

  test.each(spellings(SECRET))("recognises %s", (spelling) => {
    const masked = new SecretMask([SECRET]).text(`<${spelling}>`);
    const kept = masked.replace("***", "");
    expect([masked.includes("***"), kept.length <= 12]).toEqual([true, true]);
  });

  test("recognises base64 that is broken into lines", () => {
    const long = "0123456789".repeat(10);
    const wrapped = Buffer.from(long).toString("base64").replace(/.{76}/g, "$&\n");
    expect(new SecretMask([long]).text(wrapped)).toMatch(/^\*\*\*.{0,3}\n?$/);
  });

  test("replaces each line of a value with several lines", () => {
    const mask = new SecretMask(["-----BEGIN KEY-----\r\nabcdefgh1\nshort\n"]);
    expect(mask.text("x abcdefgh1 -----BEGIN KEY----- short")).toBe("x *** *** short");
  });

  test("leaves values of fewer than 8 characters", () => {
    expect(new SecretMask(["1234567"]).text("1234567")).toBe("1234567");
  });

  test("leaves nothing of two secrets that overlap in the text", () => {
    expect(new SecretMask(["abcdefgh", "efghijkl"]).text("<abcdefghijkl>")).toBe("<***>");
  });
});

describe("SecretMask.value", () => {
  test("replaces secrets in texts and keys at any depth, and nothing else", () => {
    const mask = new SecretMask([SECRET]);
    const value = { [SECRET]: [1, null, { a: `Bearer ${SECRET}`, b: true }] };
    expect(mask.value(value)).toEqual({ "***": [1, null, { a: "Bearer ***", b: true }] });
  });
});

describe("SecretMask.stream", () => {
  test("replaces a secret no matter where the text is divided", () => {
    const mask = new SecretMask([SECRET]);
    for (const spelling of spellings(SECRET)) {
      const text = `before ${spelling} after ${SECRET}`;
      const whole = mask.text(text);
      for (let at = 0; at <= text.length; at += 1)
        expect(streamed(mask, [text.slice(0, at), text.slice(at)])).toBe(whole);
      expect(streamed(mask, [...text])).toBe(whole);
    }
  });

  test("gives the same text as the mask of the whole, for any secrets, text and pieces", () => {
    const letters = fc.string({
      unit: fc.constantFrom("a", "b", "%", "2", "5", "\n"),
      maxLength: 60,
    });
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom("a", "b", "%"), minLength: 8, maxLength: 12 }), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.array(letters, { maxLength: 8 }),
        (secrets, pieces) => {
          const mask = new SecretMask(secrets);
          const text = pieces.join(secrets[0]);
          const parts = pieces.flatMap((piece, at) =>
            at === 0
              ? [piece]
              : [(secrets[0] ?? "").slice(0, 3), (secrets[0] ?? "").slice(3) + piece],
          );
          expect(streamed(mask, parts)).toBe(mask.text(text));
        },
      ),
    );
  });

  test("passes on at once what no secret can begin with", () => {
    const stream = new SecretMask([SECRET]).stream();
    expect([stream.write("line\n"), stream.write("x t0p"), stream.write(" no\n")]).toEqual([
      "line\n",
      "x ",
      "t0p no\n",
    ]);
  });

  test("passes everything on unchanged without a secret", () => {
    const stream = new SecretMask([]).stream();
    expect([stream.write("abc"), stream.end()]).toEqual(["abc", ""]);
  });
});
