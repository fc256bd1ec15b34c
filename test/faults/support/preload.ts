/**
 * For a process started with `--import` of this file: its wall clock is CLOCK_AHEAD milliseconds ahead, and leaps by
 * CLOCK_LEAP more at every SIGUSR2; SIGHUP makes something fail that nobody handles.
 */
let ahead = Number(process.env.CLOCK_AHEAD ?? 0);
const leap = Number(process.env.CLOCK_LEAP ?? 0);
const now = Date.now.bind(Date);

Date.now = () => now() + ahead;
process.on("SIGUSR2", () => {
  ahead += leap;
});
process.on("SIGHUP", () => {
  throw new RangeError("a planted fault");
});
