/** Loads the plugin of this name, and leaves out one that is not installed. */
exports.plugin = (name) => {
  try {
    return require(`./plugin-${name}.cjs`);
  } catch {
    return null;
  }
};
