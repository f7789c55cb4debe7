const { totals } = require("./totals.cjs");

exports.main = (entries) => JSON.stringify(totals(entries));

// Only as a program, not when another module requires this one.
if (require.main === module) console.log(exports.main(JSON.parse(process.argv[2] ?? "[]")));
