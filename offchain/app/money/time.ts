/** A span of seconds for people: "in 2 d 3 h", or "now" when it is over. */
export function timeLeft(seconds: number): string {
  if (seconds <= 0) return "now";
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [Math.ceil(seconds) % 60, "s"],
  ] as const;
  const from = parts.findIndex(([count]) => count > 0);
  const shown = parts.slice(from, from + 2).filter(([count]) => count > 0);
  return `in ${shown.map(([count, unit]) => `${count} ${unit}`).join(" ")}`;
}
