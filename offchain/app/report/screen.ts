/** A picture on a terminal, drawn again in its place; anywhere else every picture follows the one before. */
import type { Writable } from "node:stream";

import type { Environment } from "../config/layers.ts";
import { canDraw } from "../terminal.ts";

const ESCAPE = "\u001b";
const HOME = `${ESCAPE}[H`;
const CLEAR_LINE = `${ESCAPE}[K`;
const CLEAR_BELOW = `${ESCAPE}[J`;
const CLEAR = `${ESCAPE}[2J`;
/** What colours a text and takes no room. */
const COLOR = new RegExp(`(${ESCAPE}\\[[0-9;]*m)`);

export type Terminal = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** Of terminals that do not say, or say zero. */
const USUAL = { columns: 80, rows: 24 };

const known = (size: number | undefined, usual: number): number =>
  size === undefined || size === 0 ? usual : size;

export class Screen {
  readonly #out: Terminal;
  readonly #inPlace: boolean;
  /** Of the terminal when it was last drawn. */
  #size = "";

  constructor(out: Terminal, environment: Environment = process.env) {
    this.#out = out;
    this.#inPlace = canDraw(out, environment);
  }

  draw(lines: readonly string[]): void {
    if (!this.#inPlace) {
      this.#out.write(`${lines.join("\n")}\n\n`);
      return;
    }
    const columns = known(this.#out.columns, USUAL.columns);
    const rows = known(this.#out.rows, USUAL.rows);
    const size = `${columns} ${rows}`;
    // Cleared as a whole only when there is something else on it, so that nothing flickers.
    const start = this.#size === size ? HOME : CLEAR + HOME;
    this.#size = size;
    const picture = fitted(
      lines.flatMap((line) => wrapped(line, columns)),
      columns,
      rows,
    );
    this.#out.write(start + picture.map((row) => `${CLEAR_LINE}${row}\n`).join("") + CLEAR_BELOW);
  }
}

/** The line in rows that are no wider than the terminal, which would clear a part of what it wraps by itself. */
function wrapped(line: string, columns: number): readonly string[] {
  const rows: string[] = [];
  let row = "";
  let room = columns;
  for (const [at, part] of line.split(COLOR).entries()) {
    if (at % 2 === 1) {
      row += part;
      continue;
    }
    for (const character of part) {
      if (room === 0) {
        rows.push(row);
        [row, room] = ["", columns];
      }
      row += character;
      room -= 1;
    }
  }
  return [...rows, row];
}

/** The row below the last one has to be free, or everything moves up. */
function fitted(picture: readonly string[], columns: number, rows: number): readonly string[] {
  if (picture.length < rows) return picture;
  const shown = Math.max(0, rows - 2);
  return [...picture.slice(0, shown), `… ${picture.length - shown} more rows`.slice(0, columns)];
}
