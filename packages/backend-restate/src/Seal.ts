import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import { WorkflowError } from "@automatosx/workflow";

const MAGIC = Buffer.from("axw1");
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = MAGIC.length + NONCE_BYTES + TAG_BYTES;

const KEY = /^[0-9a-f]{64}$/i;

/**
 * Seals everything that a server stores, so that only workers and clients with the key can read it.
 * AES-256-GCM; the nonce follows from the text, because a replay must write the same again. Equal
 * texts are therefore sealed equally.
 */
export class Seal {
  readonly #key: Buffer;
  readonly #nonces: Buffer;

  /** `key` has 64 hexadecimal digits. Throws `invalid_argument`. */
  constructor(key: string) {
    if (!KEY.test(key))
      throw new WorkflowError("invalid_argument", "The sealing key is not a key of 32 bytes.", {
        remedy: "Give 64 hexadecimal digits, such as those of `openssl rand -hex 32`.",
      });
    this.#key = Buffer.from(key, "hex");
    this.#nonces = createHmac("sha256", this.#key).update("nonces").digest();
  }

  /** Returns the sealed text. An empty one stays empty. */
  encode(text: Uint8Array): Uint8Array {
    if (text.length === 0) return text;
    const nonce = createHmac("sha256", this.#nonces).update(text).digest().subarray(0, NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce);
    const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
    return Buffer.concat([MAGIC, nonce, cipher.getAuthTag(), sealed]);
  }

  /** Returns the text. One that is not sealed stays as it is. Throws `invalid_argument`. */
  open(sealed: Uint8Array): Uint8Array {
    const bytes = Buffer.from(sealed);
    if (bytes.length < HEAD_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return sealed;
    const nonce = bytes.subarray(MAGIC.length, MAGIC.length + NONCE_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", this.#key, nonce);
    decipher.setAuthTag(bytes.subarray(MAGIC.length + NONCE_BYTES, HEAD_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(HEAD_BYTES)), decipher.final()]);
    } catch (cause) {
      throw new WorkflowError("invalid_argument", "What the server stores has another seal.", {
        ...{ remedy: "Use the key with which the runs were started.", cause },
      });
    }
  }
}
