/** Which lines each part of the agent writes; may be changed while it runs. */
import { WaybillError } from "../../core/errors.ts";
import { LOG_LEVELS, type LogLevel } from "../../ports/log.ts";

export interface SubsystemLevel {
  /** Empty: everything that has no level of its own. */
  readonly subsystem: string;
  readonly level: LogLevel;
}

export class LogLevels {
  #usual: LogLevel;
  /** Names that have been given to loggers; undefined: as the parts around it. */
  readonly #own = new Map<string, LogLevel | undefined>();

  constructor(usual: LogLevel) {
    this.#usual = usual;
  }

  /** A logger of that name exists. */
  know(subsystem: string): void {
    if (!this.#own.has(subsystem)) this.#own.set(subsystem, undefined);
  }

  writes(subsystem: string | undefined, level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(this.#of(subsystem));
  }

  /** Everything else first, then every known part, by name. */
  list(): readonly SubsystemLevel[] {
    const names = [...this.#own.keys()].sort();
    return [
      { subsystem: "", level: this.#usual },
      ...names.map((subsystem) => ({ subsystem, level: this.#of(subsystem) })),
    ];
  }

  /**
   * From now on; parts inside of `subsystem` ("a.b" is inside of "a") follow unless they have a level of their own.
   * @throws WaybillError OPTION_INVALID for a part that there is none of
   */
  set({ subsystem, level }: SubsystemLevel): void {
    if (subsystem === "") {
      this.#usual = level;
      return;
    }
    if (!this.#own.has(subsystem))
      throw new WaybillError("OPTION_INVALID", {
        what: "subsystem",
        got: subsystem,
        allowed: [...this.#own.keys()].sort().join(", "),
      });
    this.#own.set(subsystem, level);
  }

  #of(subsystem: string | undefined): LogLevel {
    for (let name = subsystem ?? ""; name !== ""; name = name.slice(0, name.lastIndexOf("."))) {
      const own = this.#own.get(name);
      if (own !== undefined) return own;
      if (!name.includes(".")) break;
    }
    return this.#usual;
  }
}
