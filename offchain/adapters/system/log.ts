/** Logs for people and machines: a pretty line or a JSON object per event, and a silent twin. */
import type { Clock } from "../../ports/clock.ts";
import type { Log, LogFields, LogLevel } from "../../ports/log.ts";
import { LogLevels } from "./log-levels.ts";

export interface LineLogOptions {
  /** `json`: one object per line; `pretty`: time, level, subsystem, message, fields. */
  readonly format: "json" | "pretty";
  /** Least important level that is still written: one for all, or levels that may change while the process runs. */
  readonly level: LogLevel | LogLevels;
  readonly clock: Pick<Clock, "now">;
  /** Takes one line without its line end; standard error unless given. */
  readonly write?: (line: string) => void;
}

/** A log that writes lines; standard output stays free for results. */
export function lineLog(options: LineLogOptions): Log {
  const write = options.write ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const render = options.format === "json" ? jsonLine : prettyLine;
  const levels = typeof options.level === "string" ? new LogLevels(options.level) : options.level;

  const make = (subsystem: string | undefined): Log => {
    if (subsystem !== undefined) levels.know(subsystem);
    const at =
      (level: LogLevel) =>
      (message: string, fields: LogFields = {}): void => {
        if (!levels.writes(subsystem, level)) return;
        const time = new Date(options.clock.now()).toISOString();
        write(render({ time, level, subsystem, message, fields }));
      };
    return {
      error: at("error"),
      warn: at("warn"),
      info: at("info"),
      debug: at("debug"),
      child: (name) => make(subsystem === undefined ? name : `${subsystem}.${name}`),
    };
  };
  return make(undefined);
}

interface Line {
  readonly time: string;
  readonly level: LogLevel;
  readonly subsystem: string | undefined;
  readonly message: string;
  readonly fields: LogFields;
}

/** The line's own keys come last, so that no field can pass itself off as the time or the level. */
function jsonLine({ time, level, subsystem, message, fields }: Line): string {
  const all = { ...fields, time, level, subsystem, message };
  return quoted(all, (_key, value) => (typeof value === "bigint" ? value.toString() : value));
}

function prettyLine({ time, level, subsystem, message, fields }: Line): string {
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === "string" ? quoted(value) : value}`);
  const name = subsystem === undefined ? [] : [`[${subsystem}]`];
  const parts = [time, level.toUpperCase().padEnd(5), ...name, oneLine(message), ...rest];
  return parts.join(" ");
}

/** JSON with every control character escaped, also those that JSON itself would let through. */
function quoted(value: unknown, replacer?: (key: string, value: unknown) => unknown): string {
  return JSON.stringify(value, replacer).replaceAll(
    /\p{Cc}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Text from outside cannot start a line of its own or steer a terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, " ");
}

export function silentLog(): Log {
  const nothing = (): void => undefined;
  const log: Log = {
    error: nothing,
    warn: nothing,
    info: nothing,
    debug: nothing,
    child: () => log,
  };
  return log;
}
