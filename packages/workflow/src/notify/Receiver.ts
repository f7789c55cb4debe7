import { hash } from "node:crypto";
import { resolve } from "node:path";
import type { Notice, Subscription } from "./Notice.js";

/** What every receiver has. */
interface Subscribed {
  /** Which notices the receiver gets. */
  readonly on: readonly Subscription[];
  /** How long one attempt may take, in ms. Default 10,000. */
  readonly timeoutMs?: number;
}

/** A receiver of notices that is called by HTTP: a POST of the notice as JSON. */
export interface Webhook extends Subscribed {
  /** An `http` or `https` address. */
  readonly url: string;
  /**
   * Signs each request, as Standard Webhooks defines it. After `whsec_`, the key in Base64;
   * otherwise the text is the key.
   */
  readonly secret?: string;
  /** Headers to add to each request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A receiver of notices that is a program, which reads the notice as JSON from its stdin. */
export interface Hook extends Subscribed {
  /** The program and its arguments. No shell is involved. */
  readonly command: readonly string[];
  /** The folder in which it runs. Default: that of this process. */
  readonly cwd?: string;
  /** Environment variables to add; null removes one. */
  readonly env?: Readonly<Record<string, string | null>>;
}

/** Something that gets the notices of runs. */
export type Receiver = Webhook | Hook;

/** The receivers of the notices of an engine's runs. */
export interface NotifyOptions {
  /** At most 20. */
  readonly receivers: readonly Receiver[];
  /**
   * Returns the command that answers a notice or continues its run, as the user of this host types
   * it. It becomes part of the notice.
   */
  readonly commandFor?: (notice: Notice) => string | undefined;
}

/** Identifies a receiver in the database: the sha-256 of its address, in hex. */
export function receiverId(receiver: Receiver): string {
  const address = "url" in receiver ? ["url", receiver.url] : commandAddress(receiver);
  return hash("sha256", JSON.stringify(address), "hex");
}

function commandAddress({ command, cwd = "." }: Hook): readonly string[] {
  return ["command", resolve(cwd), ...command];
}

/**
 * What people see of a receiver: the origin of a web address, whose path may be a secret, or the
 * name of a program.
 */
export function receiverName(receiver: Receiver): string {
  return "url" in receiver ? new URL(receiver.url).origin : (receiver.command[0] ?? "");
}

/** The texts of a receiver that must not be shown. */
export function secretsOf(receiver: Receiver): readonly string[] {
  if (!("url" in receiver)) return [];
  const { url, secret, headers: added = {} } = receiver;
  const { pathname, search } = new URL(url);
  return [`${pathname}${search}`, secret ?? "", ...Object.values(added)].filter(
    (each) => each.length > 1,
  );
}
