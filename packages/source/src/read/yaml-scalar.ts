import {
  boolCoreTag,
  type DocumentEvent,
  floatCoreTag,
  intCoreTag,
  NOT_RESOLVED,
  nullCoreTag,
} from "js-yaml";
import type { Scalar } from "./source-node.js";

const CORE = "tag:yaml.org,2002:";
const PLAIN_TAGS = [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag] as const;

/**
 * Numbers as the core schema defines them. The library treats numbers that are not finite as text.
 */
const NUMBER = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;

/** Matches the start of unquoted text that may be something other than a string. */
const NOT_ALWAYS_STRING = /^(?:[-+.\d~]|[nN](?:ull|ULL)|[tT](?:rue|RUE)|[fF](?:alse|ALSE)|$)/;

/** An integer that every reader reads in the same way, and exactly. */
const SMALL_INTEGER = /^(?:0|[1-9]\d{0,14})$/;

/** Returns the value of a scalar without quotes or a tag. */
export function plainValue(text: string): Scalar {
  if (SMALL_INTEGER.test(text)) return Number(text);
  if (!NOT_ALWAYS_STRING.test(text)) return text;
  for (const tag of PLAIN_TAGS) {
    const value = tag.resolve(text, false, tag.tagName);
    if (value !== NOT_RESOLVED) return value;
  }
  return NUMBER.test(text) ? Number(text) : text;
}

/**
 * Returns the value of a scalar with a core-schema tag, or undefined if the tag does not fit it.
 */
export function taggedValue(text: string, tagName: string): Scalar | undefined {
  if (tagName === "!" || tagName === `${CORE}str`) return text;
  const tag = PLAIN_TAGS.find((each) => each.tagName === tagName);
  const value = tag?.resolve(text, true, tagName);
  return value === NOT_RESOLVED ? undefined : value;
}

/** Returns whether lists (`seq`) or maps may have this tag. */
export function fitsCollection(tagName: string, kind: "list" | "map"): boolean {
  return tagName === "!" || tagName === `${CORE}${kind === "list" ? "seq" : "map"}`;
}

/** The prefixes of tags by their handles, as the directives of a document declare them. */
export type TagPrefixes = ReadonlyMap<string, string>;

/** Of several directives for one handle, the first counts. */
export function tagPrefixes(directives: DocumentEvent["directives"]): TagPrefixes {
  return new Map(
    directives
      .toReversed()
      .flatMap((each) => (each.kind === "tag" ? [[each.handle, each.prefix] as const] : [])),
  );
}

/**
 * Returns the full name of a tag as written: `!!str`, `!<tag:yaml.org,2002:str>` or
 * `!handle!suffix`.
 */
export function tagNameOf(written: string, prefixes: TagPrefixes): string {
  if (written === "!") return written;
  if (written.startsWith("!<")) return written.slice(2, -1);
  const [handle = "!"] = /^!(?:[\w-]*!)?/.exec(written) ?? [];
  const prefix = prefixes.get(handle) ?? (handle === "!!" ? CORE : handle);
  return `${prefix}${written.slice(handle.length)}`;
}
