import {
  type AliasEvent,
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  getScalarValue,
  type MappingEvent,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
} from "js-yaml";
import { checkNumber, checkString } from "../issues/check-characters.js";
import type { IssueList, Path } from "../issues/IssueList.js";
import type { IssueKind } from "../issues/issue-kind.js";
import { TEXT_ISSUES } from "../issues/text-issues.js";
import { quoted, type Span } from "../text/SourceText.js";
import { checkExpression, type WrittenExpression } from "./check-expression.js";
import { checkKey } from "./check-key.js";
import { expressionEnd, isExpressionPath, quotingFix } from "./expression-text.js";
import { ReadingEnded } from "./ReadingEnded.js";
import type { Scalar, SourceEntry, SourceNode, SourceScalar } from "./source-node.js";
import { MAX_DEPTH, MAX_KEY_LENGTH } from "./text-limits.js";
import { YamlAnchors } from "./YamlAnchors.js";
import {
  fitsCollection,
  plainValue,
  type TagPrefixes,
  taggedValue,
  tagNameOf,
  tagPrefixes,
} from "./yaml-scalar.js";

type Collection = SequenceEvent | MappingEvent;

/** How far to look for the pieces of a map that is refused, in characters. */
const MAX_SHOWN_PIECE = 2000;

/** An escape for a character beyond U+10FFFF, which the parser does not reject. */
const IMPOSSIBLE_ESCAPE = /(?:^|[^\\])(?:\\\\)*\\U(?!00(?:0|10))/;

/** Builds the tree of a document from its events. The parser has already limited their depth. */
export class YamlTree {
  readonly #issues: IssueList;
  readonly #text: string;
  /** Each is removed when it is read, so that its memory can serve the tree. */
  readonly #events: (Event | undefined)[];
  readonly #directives: TagPrefixes;
  readonly #anchors: YamlAnchors;
  readonly #path: (string | number)[] = [];
  readonly #pathOf = (): Path => [...this.#path];
  #next = 1;
  /** How many lists and maps in brackets are open. */
  #flowDepth = 0;
  /** Where an expression ends that a comma has cut. What is before this place belongs to it. */
  #cutEnd = 0;
  /** Where the last piece ends: the location of a value that is not written. */
  #at = 0;

  /** The events are removed from the list as they are read. */
  constructor(events: (Event | undefined)[], issues: IssueList) {
    this.#issues = issues;
    this.#text = issues.source.text;
    this.#events = events;
    const [document] = events;
    this.#directives = tagPrefixes(document?.type === EVENT_ID.DOCUMENT ? document.directives : []);
    this.#anchors = new YamlAnchors(issues);
  }

  /**
   * Returns the document's value. Throws `ReadingEnded`, also once no more issues would be added.
   */
  read(): SourceNode {
    const event = this.#take();
    if (this.#issues.isFull) throw new ReadingEnded();
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return event.anchorStart < 0
          ? this.#scalar(event)
          : this.#anchored(event, () => this.#scalar(event));
      case EVENT_ID.ALIAS:
        return this.#alias(event);
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING:
        return this.#anchored(event, () => this.#collection(event));
      default:
        return this.#absent();
    }
  }

  #anchored<Node extends SourceNode>(event: ScalarEvent | Collection, read: () => Node): Node {
    const { anchorStart, anchorEnd } = event;
    if (anchorStart < 0) return read();
    const name = this.#text.slice(anchorStart, anchorEnd);
    this.#anchors.open(name);
    const node = read();
    this.#anchors.close(name, node);
    return node;
  }

  #absent(): SourceScalar {
    return { kind: "scalar", start: this.#at, end: this.#at, value: null, plain: true };
  }

  #scalar(event: ScalarEvent, isKey = false): SourceScalar {
    const [start, end] = this.#placeOf(event);
    this.#at = end;
    const text = getScalarValue(this.#text, event);
    const isPlain = event.style === SCALAR_STYLE.PLAIN;
    const value = this.#valueOf(event, text, isPlain);
    if (value === undefined) return this.#unknownTag(event, [start, end]);
    // A key is the text as written; with an anchor it is also a value.
    const isNumber = typeof value === "number" && !(isKey && event.anchorStart < 0);
    if (isNumber) {
      const written = this.#text.slice(start, end);
      checkNumber(value, written, this.#pathOf, [start, end], this.#issues);
    } else if (event.style === SCALAR_STYLE.DOUBLE_QUOTED) {
      if (IMPOSSIBLE_ESCAPE.test(this.#text.slice(start, end)))
        this.#refuse([start, end], "an escape produces a character that does not exist");
      checkString(text, this.#pathOf, [start, end], this.#issues);
    }
    const node = { kind: "scalar", start, end, value, plain: isPlain } as const;
    if (!isKey && isExpressionPath(this.#path)) this.#checkExpression(event, node);
    return node;
  }

  #checkExpression(
    { tagStart, anchorStart }: ScalarEvent,
    { start, end, plain }: SourceScalar,
  ): void {
    const starts = [tagStart, anchorStart < 0 ? -1 : anchorStart - 1].filter((at) => at >= 0);
    const written: WrittenExpression = {
      start: Math.min(start, ...starts),
      valueStart: start,
      end,
      isPlain: plain,
      isFlow: this.#flowDepth > 0,
    };
    this.#cutEnd = checkExpression(written, this.#pathOf, this.#issues) ?? this.#cutEnd;
  }

  /** Undefined for a tag that the value cannot have. */
  #valueOf(event: ScalarEvent, text: string, isPlain: boolean): Scalar | undefined {
    if (event.tagStart < 0) return isPlain ? plainValue(text) : text;
    const written = this.#text.slice(event.tagStart, event.tagEnd);
    return taggedValue(text, tagNameOf(written, this.#directives));
  }

  /** Includes quotes and the header of a block. */
  #placeOf(event: ScalarEvent): Span {
    const { valueStart, valueEnd, tagStart, tagEnd, anchorStart, anchorEnd } = event;
    const from = Math.max(this.#at, tagEnd, anchorEnd);
    if (valueStart < 0) {
      const starts = [tagStart, anchorStart - 1].filter((start) => start >= 0);
      return [Math.min(...starts, from), from];
    }
    switch (event.style) {
      case SCALAR_STYLE.PLAIN:
        return [valueStart, valueEnd];
      case SCALAR_STYLE.SINGLE_QUOTED:
      case SCALAR_STYLE.DOUBLE_QUOTED:
        return [valueStart - 1, valueEnd + 1];
      default: {
        const line = Math.max(from, this.#text.lastIndexOf("\n", valueStart - 2) + 1);
        const header = this.#text.slice(line, valueStart).search(/[|>]/);
        return [header < 0 ? valueStart : line + header, valueEnd];
      }
    }
  }

  #unknownTag({ tagStart, tagEnd }: ScalarEvent | Collection, [start, end]: Span): SourceScalar {
    const tag = quoted(this.#text.slice(tagStart, tagEnd));
    const path = this.#pathOf();
    if (isExpressionPath(path)) {
      const whole = expressionEnd(this.#text, tagStart, this.#flowDepth > 0);
      const message = `an unquoted \`!\` begins a tag in YAML, and no tag is named ${tag}`;
      const remedy = "quote the expression";
      const fix = whole === undefined ? undefined : quotingFix(this.#text, [tagStart, whole]);
      this.#issues.add(TEXT_ISSUES.unknownTag, path, [tagStart, tagEnd], message, remedy, fix);
      this.#cutEnd = whole ?? this.#cutEnd;
    } else {
      const message = `the tag ${tag} is unknown, or does not fit this value`;
      this.#issues.add(TEXT_ISSUES.unknownTag, path, [tagStart, tagEnd], message);
    }
    this.#issues.markWrong(path);
    return { kind: "scalar", start, end, value: null, plain: false };
  }

  #alias({ anchorStart, anchorEnd }: AliasEvent): SourceNode {
    const span: Span = [anchorStart - 1, anchorEnd];
    this.#at = anchorEnd;
    const name = this.#text.slice(anchorStart, anchorEnd);
    const target = this.#anchors.follow(name, this.#path, span);
    return target.kind === "scalar"
      ? { ...target, start: span[0], end: span[1] }
      : { ...target, start: span[0] };
  }

  #collection(event: Collection): SourceNode {
    const { start, tagStart, tagEnd } = event;
    const kind = event.type === EVENT_ID.SEQUENCE ? "list" : "map";
    this.#at = start;
    if (this.#path.length >= MAX_DEPTH)
      this.#end(
        TEXT_ISSUES.tooDeep,
        [start, start + 1],
        `more than ${MAX_DEPTH} levels of lists and maps`,
      );
    if (tagStart >= 0) {
      const tagName = tagNameOf(this.#text.slice(tagStart, tagEnd), this.#directives);
      if (!fitsCollection(tagName, kind)) {
        this.#skipRest();
        return this.#unknownTag(event, [start, start + 1]);
      }
    }
    const isFlow = event.style === COLLECTION_STYLE.FLOW;
    if (isFlow) this.#flowDepth += 1;
    const node: SourceNode =
      kind === "list"
        ? { kind, start, items: this.#items() }
        : { kind, start, entries: this.#entries(start) };
    if (isFlow) this.#flowDepth -= 1;
    this.#next += 1;
    return node;
  }

  #items(): SourceNode[] {
    const items: SourceNode[] = [];
    for (; !this.#isAtEnd(); this.#path.pop()) {
      this.#path.push(items.length);
      items.push(this.read());
    }
    return items;
  }

  #entries(mapStart: number): SourceEntry[] {
    const entries: SourceEntry[] = [];
    const keys = new Set<string>();
    while (!this.#isAtEnd()) {
      const event = this.#events[this.#next];
      if (event?.type !== EVENT_ID.SCALAR || (event.valueStart < 0 && event.tagStart < 0)) {
        this.#refuseKey(event, mapStart);
        this.#skip();
        this.#skip();
        continue;
      }
      this.#take();
      const node =
        event.anchorStart < 0
          ? this.#scalar(event, true)
          : this.#anchored(event, () => this.#scalar(event, true));
      const written = this.#text.slice(event.valueStart, event.valueEnd);
      const key = typeof node.value === "string" ? node.value : written;
      const keySpan: Span = [node.start, Math.max(node.end, node.start + 1)];
      if (key.length > MAX_KEY_LENGTH)
        this.#refuse(keySpan, `a key is longer than ${MAX_KEY_LENGTH} characters`);
      this.#path.push(key);
      if (node.start < this.#cutEnd) this.#issues.markWrong(this.#pathOf());
      const hasEscapes = event.style === SCALAR_STYLE.DOUBLE_QUOTED;
      checkKey(key, keys, this.#pathOf, keySpan, this.#issues, hasEscapes);
      entries.push({ key, keySpan, value: this.read() });
      this.#path.pop();
    }
    return entries;
  }

  #refuseKey(event: Event | undefined, mapStart: number): void {
    const path = this.#pathOf();
    this.#issues.markWrong(path);
    if (this.#issues.isFull) return;
    // In YAML, `{{ x }}` is a map whose only key is the map `{x: null}`.
    const piece = this.#text.slice(mapStart, mapStart + MAX_SHOWN_PIECE);
    if (event?.type === EVENT_ID.MAPPING && /^\{\s*\{/.test(piece)) {
      const written = /^\{\s*\{[^{}]*\}\s*\}/.exec(piece)?.[0] ?? piece.slice(0, 2);
      const reference =
        written
          .replace(/^[\s{]+/, "")
          .split("}", 1)[0]
          ?.trimEnd() ?? "";
      this.#issues.add(
        TEXT_ISSUES.unquotedBraces,
        path,
        [mapStart, mapStart + written.length],
        `${quoted(written)} without quotes is a map in YAML, not text`,
        `quote the text; for a reference write ${quoted(`"\${{ ${reference} }}"`)}`,
      );
      return;
    }
    const isMissing = event?.type === EVENT_ID.SCALAR;
    const at = isMissing ? this.#colonAfter(this.#at) : startOf(event, mapStart);
    this.#issues.add(
      TEXT_ISSUES.badKey,
      path,
      [at, at + 1],
      isMissing ? "a key is missing before the `:`" : "this key is not text",
    );
  }

  /** The `:` of a key that is not written, or where it was expected if it is far away. */
  #colonAfter(from: number): number {
    const colon = this.#text.slice(from, from + MAX_SHOWN_PIECE).indexOf(":");
    return from + Math.max(0, colon);
  }

  #refuse(span: Span, message: string): void {
    this.#issues.add(TEXT_ISSUES.invalidYaml, this.#pathOf(), span, message);
  }

  #end(kind: IssueKind, span: Span, message: string): never {
    this.#issues.add(kind, this.#pathOf(), span, message);
    throw new ReadingEnded();
  }

  #isAtEnd(): boolean {
    const event = this.#events[this.#next];
    return event === undefined || event.type === EVENT_ID.POP;
  }

  /** Skips one value. */
  #skip(): void {
    const event = this.#take();
    if (event?.type === EVENT_ID.SEQUENCE || event?.type === EVENT_ID.MAPPING) this.#skipRest();
  }

  #take(): Event | undefined {
    const event = this.#events[this.#next];
    this.#events[this.#next] = undefined;
    this.#next += 1;
    return event;
  }

  /** Skips the rest of an open collection. */
  #skipRest(): void {
    for (let depth = 1; depth > 0; this.#next += 1) {
      const event = this.#events[this.#next];
      if (event === undefined) return;
      if (event.type === EVENT_ID.POP) depth -= 1;
      else if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING) depth += 1;
    }
  }
}

function startOf(event: Event | undefined, fallback: number): number {
  switch (event?.type) {
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING:
      return event.start;
    case EVENT_ID.ALIAS:
      return event.anchorStart - 1;
    default:
      return fallback;
  }
}
