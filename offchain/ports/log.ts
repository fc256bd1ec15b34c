/**
 * Structured log. Events are aggregates and states of the node, never a packet: no tag, no challenge, no
 * packet byte, no pair of peer and time finer than the epoch goes into `fields`. Bigints print as decimal.
 */
/** The most important first. */
export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFields = Readonly<Record<string, string | number | bigint | boolean | undefined>>;

export interface Log {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** A logger whose lines carry the subsystem's name. */
  child(subsystem: string): Log;
}
