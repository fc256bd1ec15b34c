/** This machine's time, told to the page once a second while anything of it shows a time. */
import { Observable, useObservable } from "./observable.ts";

const TICK_MS = 1_000;

const now = new Observable(Date.now());
setInterval(() => {
  now.set(Date.now());
}, TICK_MS);

/** Milliseconds since 1970; the part that asks is drawn anew each second. */
export const useNow = (): number => useObservable(now);
