/*
 * Kept free of Zod, like the names of run states: a process that only observes runs does not need
 * it.
 */

/**
 * A sequence that is drawn as one emoji. The joiners, selectors and tags inside it are part of what
 * is seen.
 */
const EMOJI =
  /[#*\d]\ufe0f?\u20e3|\u{1f3f4}[\u{e0020}-\u{e007e}]+\u{e007f}|\p{Extended_Pictographic}\p{EMod}?[\ufe0e\ufe0f]?(?:\u200d\p{Extended_Pictographic}\p{EMod}?[\ufe0e\ufe0f]?)*/gu;

/** The joiners that spelling needs: between letters of a script whose letters join. */
const JOINER =
  /(?<=[\p{scx=Arab}\p{scx=Syrc}\p{scx=Mong}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}])[\u200c\u200d](?=\p{L})/gu;

/** The selector that chooses the form of an ideograph. */
const IDEOGRAPH = /\p{Script=Han}[\ufe00-\ufe02\u{e0100}-\u{e01ef}]/gu;

/** Control characters except tab and line ends, and characters that are drawn as nothing. */
const INVISIBLE = /(?![\t\n\r])[\p{Cc}\p{Zl}\p{Zp}\p{DI}]/u;

/** Every character that `INVISIBLE` may match is outside this range. */
const ORDINARY = /^[\t\n\r\u0020-\u007e\u00a0-\u00ac\u00ae-\u034e]*$/;

/**
 * Describes the first character of a text that readers cannot see, such as a zero-width space or a
 * mark that reverses the direction of reading: `the invisible character U+200B`. Undefined if every
 * character can be seen. Joiners are accepted within an emoji, and where the spelling of a language
 * needs them.
 */
export function invisibleCharacterIn(text: string): string | undefined {
  if (ORDINARY.test(text)) return undefined;
  const rest = text.replace(EMOJI, "").replace(JOINER, "").replace(IDEOGRAPH, "");
  const [found] = INVISIBLE.exec(rest) ?? [];
  if (found === undefined) return undefined;
  const hex = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `the invisible character U+${hex}`;
}

/** Says which invisible character a text contains. */
export function visibleTextError(text: unknown): string | undefined {
  const found = typeof text === "string" ? invisibleCharacterIn(text) : undefined;
  return found && `contains ${found}`;
}
