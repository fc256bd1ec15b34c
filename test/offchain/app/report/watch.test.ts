import { expect } from "chai";
import fc from "fast-check";
import { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";

import type { Overview } from "../../../../offchain/app/report/overview.ts";
import { Screen } from "../../../../offchain/app/report/screen.ts";
import { watch } from "../../../../offchain/app/report/watch.ts";

/**
 * A terminal as xterm is one: text goes on in the next row at the right edge, and does so only with the next
 * character; what is written in the last row moves everything up.
 */
class Terminal extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;
  /** Rows that have moved out at the top. */
  scrolled = 0;
  /** Times that all of it was cleared. */
  cleared = 0;
  #cells: string[][];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    super({ decodeStrings: false });
    [this.columns, this.rows] = [columns, rows];
    this.#cells = blank(rows);
  }

  get text(): readonly string[] {
    return this.#cells.map((row) =>
      Array.from(row, (cell: string | undefined) => cell ?? " ")
        .join("")
        .trimEnd(),
    );
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    for (const part of chunk.split(SIGNS)) this.#take(part);
    done();
  }

  #take(part: string): void {
    if (part === "\u001b[H") [this.#row, this.#column] = [0, 0];
    else if (part === "\u001b[2J") {
      this.#cells = blank(this.rows);
      this.cleared += 1;
    } else if (part === "\u001b[K") this.#line().splice(Math.min(this.#column, this.columns - 1));
    else if (part === "\u001b[J") {
      this.#line().splice(Math.min(this.#column, this.columns - 1));
      for (const row of this.#cells.slice(this.#row + 1)) row.splice(0);
    } else if (part === "\n") this.#down();
    else if (!part.startsWith("\u001b")) for (const character of part) this.#put(character);
  }

  #put(character: string): void {
    if (this.#column === this.columns) this.#down();
    this.#line()[this.#column] = character;
    this.#column += 1;
  }

  #down(): void {
    this.#column = 0;
    this.#row += 1;
    if (this.#row < this.rows) return;
    this.#cells.shift();
    this.#cells.push([]);
    this.#row -= 1;
    this.scrolled += 1;
  }

  #line(): string[] {
    return this.#cells[this.#row] ?? [];
  }
}

const XTERM = { TERM: "xterm" };
const SIGNS = new RegExp(`(\u001b\\[[0-9;]*[A-Za-z]|\\n)`);

const blank = (rows: number): string[][] => Array.from({ length: rows }, () => []);

/** What a picture looks like where there is room for it. */
function rowsOf(lines: readonly string[], columns: number): readonly string[] {
  return lines.flatMap((line) => {
    const plain = stripVTControlCharacters(line);
    const count = Math.max(1, Math.ceil(plain.length / columns));
    return Array.from({ length: count }, (_, i) =>
      plain.slice(i * columns, (i + 1) * columns).trimEnd(),
    );
  });
}

describe("a picture on a terminal", () => {
  const colored = fc
    .tuple(fc.constantFrom("", "\u001b[31m", "\u001b[1m"), fc.stringMatching(/^[a-z0-9 ,.]{0,60}$/))
    .map(([start, text]) => (start === "" ? text : `${start}${text}\u001b[39m`));
  const picture = fc.array(
    fc.array(colored, { maxLength: 2 }).map((parts) => parts.join("")),
    {
      maxLength: 12,
    },
  );

  it("takes the place of the one before, however narrow or low the terminal is", () => {
    fc.assert(
      fc.property(
        fc.array(picture, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 5, max: 70 }),
        fc.integer({ min: 2, max: 30 }),
        (pictures, columns, rows) => {
          const terminal = new Terminal(columns, rows);
          const screen = new Screen(terminal, XTERM);
          for (const lines of pictures) {
            screen.draw(lines);
            const wanted = rowsOf(lines, columns);
            const shown = terminal.text.slice(0, Math.min(wanted.length, rows - 2));
            expect(shown).to.deep.equal(wanted.slice(0, rows - 2));
            expect(terminal.text.slice(wanted.length).join("")).to.equal("");
            expect(terminal.scrolled).to.equal(0);
          }
          expect(terminal.cleared).to.equal(1);
        },
      ),
    );
  });

  it("says how much of it has no room", () => {
    const terminal = new Terminal(40, 5);
    new Screen(terminal, XTERM).draw(["one", "two", "three", "four", "five", "six"]);
    expect(terminal.text).to.deep.equal(["one", "two", "three", "… 3 more rows", ""]);
  });

  it("is drawn on a terminal that does not know its size", () => {
    let written = "";
    const write = (text: string): boolean => (written += text).length > 0;
    const unsized = Object.assign(new Writable(), { isTTY: true, columns: 0, rows: 0, write });
    new Screen(unsized, XTERM).draw(["one", "two"]);
    expect(written).to.match(/one\n.*two\n/);
  });

  it("is drawn anew when the terminal has become another", () => {
    const terminal = new Terminal(10, 20);
    const screen = new Screen(terminal, XTERM);
    screen.draw(["a line of more than ten"]);
    terminal.columns = 30;
    screen.draw(["a line of more than ten"]);
    expect(terminal.cleared).to.equal(2);
    expect(terminal.text[0]).to.equal("a line of more than ten");
    expect(terminal.text.slice(1).join("")).to.equal("");
  });

  it("elsewhere follows the one before, without a sign for terminals", () => {
    let written = "";
    const file = new Writable({
      write(chunk, _encoding, done) {
        written += String(chunk);
        done();
      },
    });
    const screen = new Screen(file, XTERM);
    screen.draw(["one", "two"]);
    screen.draw(["three"]);
    expect(written).to.equal("one\ntwo\n\nthree\n\n");
  });
});

describe("watching a relay", () => {
  const overview = (name: string) => ({ source: "agent", status: { name } }) as unknown as Overview;

  it("shows what has changed, says once that nobody is there, and ends when it is to", async () => {
    const end = Promise.withResolvers<undefined>();
    const reads = [undefined, undefined, overview("a"), overview("a"), overview("b"), undefined];
    const shown: string[] = [];
    await watch({
      read: () => {
        const next = reads.shift();
        if (reads.length === 0) end.resolve(undefined);
        return Promise.resolve(next);
      },
      every: 1,
      until: end.promise,
      show: ({ status }) => shown.push((status as unknown as { readonly name: string }).name),
      missing: () => shown.push("nobody"),
    });
    expect(shown).to.deep.equal(["nobody", "a", "b", "nobody"]);
  });

  it("ends with what reading fails of, rather than going on blind", async () => {
    const failing = watch({
      read: () => Promise.reject(new Error("the token cannot be read")),
      every: 1,
      until: new Promise(() => undefined),
      show: () => undefined,
      missing: () => undefined,
    });
    expect(await failing.catch((error: unknown) => String(error))).to.include("the token");
  });
});
