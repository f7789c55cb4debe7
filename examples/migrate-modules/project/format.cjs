const { padded } = require("./text.cjs");

/** A date as YYYY-MM-DD, in UTC. */
exports.day = (date) =>
  `${date.getUTCFullYear()}-${padded(date.getUTCMonth() + 1, 2)}-${padded(date.getUTCDate(), 2)}`;
