/** A number with leading zeros. */
exports.padded = (number, length) => String(number).padStart(length, "0");

/** A text with its first letter in upper case. */
exports.capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
