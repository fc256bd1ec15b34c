/** With `--import`: when the process ends, prints what it has loaded, a line each, to standard error. */
import { registerHooks } from "node:module";

const loaded: string[] = [];
registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});
process.on("exit", () => {
  process.stderr.write(loaded.join("\n"));
});
