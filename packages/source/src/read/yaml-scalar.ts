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

/** Numbers as the core schema has them. The library takes those that are not finite for text. */
const NUMBER = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;

/** The start of a text that may be something other than a string. */
const NOT_ALWAYS_STRING = /^(?:[-+.\d~]|[nN](?:ull|ULL)|[tT](?:rue|RUE)|[fF](?:alse|ALSE)|$)/;

/** The value of a scalar without quotes and without a tag. */
export function plainValue(text: string): Scalar {
  if (!NOT_ALWAYS_STRING.test(text)) return text;
  for (const tag of PLAIN_TAGS) {
    const value = tag.resolve(text, false, tag.tagName);
    if (value !== NOT_RESOLVED) return value;
  }
  return NUMBER.test(text) ? Number(text) : text;
}

/** The value of a scalar with a tag of the core schema, or undefined if the tag does not fit. */
export function taggedValue(text: string, tagName: string): Scalar | undefined {
  if (tagName === "!" || tagName === `${CORE}str`) return text;
  const tag = PLAIN_TAGS.find((each) => each.tagName === tagName);
  const value = tag?.resolve(text, true, tagName);
  return value === NOT_RESOLVED ? undefined : value;
}

/** True for a tag that lists (`seq`) or maps may have. */
export function fitsCollection(tagName: string, kind: "list" | "map"): boolean {
  return tagName === "!" || tagName === `${CORE}${kind === "list" ? "seq" : "map"}`;
}

/** The full name of a tag as written: `!!str`, `!<tag:yaml.org,2002:str>` or `!handle!suffix`. */
export function tagNameOf(written: string, directives: DocumentEvent["directives"]): string {
  if (written === "!") return written;
  if (written.startsWith("!<")) return written.slice(2, -1);
  const [handle = "!"] = /^!(?:[\w-]*!)?/.exec(written) ?? [];
  const declared = directives.find((each) => each.kind === "tag" && each.handle === handle);
  const prefix = declared?.kind === "tag" ? declared.prefix : handle === "!!" ? CORE : handle;
  return `${prefix}${written.slice(handle.length)}`;
}
