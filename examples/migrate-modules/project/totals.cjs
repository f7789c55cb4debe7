const { capital } = require("./text.cjs");

/** The sum of the amounts of each category. */
exports.totals = (entries) => {
  const sums = {};
  for (const { category, amount } of entries) {
    const name = capital(category);
    sums[name] = (sums[name] ?? 0) + amount;
  }
  return sums;
};
