/** What may be drawn where: on a terminal that can, and nowhere else. */
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";

import { expect } from "chai";

import { canDraw, colorsFor, progressBar } from "../../../offchain/app/terminal.ts";

/** What a stream of this kind shows after `draw`. */
function shownOn(isTTY: boolean, draw: (stream: PassThrough & { isTTY: boolean }) => void): string {
  const stream = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY, columns: 120 });
  draw(stream);
  return String(stream.read() ?? "");
}

describe("drawing at a terminal", () => {
  it("colours: on terminals alone, unless NO_COLOR is set or the terminal is dumb", () => {
    const coloured = (isTTY: boolean, environment: Record<string, string>): boolean =>
      colorsFor({ isTTY }, environment).bold("x") !== "x";
    expect(coloured(true, { TERM: "xterm" })).to.equal(true);
    expect(coloured(true, { TERM: "xterm", NO_COLOR: "" })).to.equal(true);
    expect(coloured(true, { TERM: "xterm", NO_COLOR: "1" })).to.equal(false);
    expect(coloured(true, { TERM: "dumb" })).to.equal(false);
    expect(coloured(false, { TERM: "xterm", CI: "true", FORCE_COLOR: "1" })).to.equal(false);
    expect(canDraw({}, { TERM: "xterm" })).to.equal(false);
  });

  it("a bar: how far it is and what stands behind it, and nothing where it cannot be drawn", () => {
    const draw =
      (environment: Record<string, string>) =>
      (stream: NodeJS.WritableStream & { isTTY: boolean }): void => {
        const bar = progressBar(stream, environment);
        bar?.show(0, 4, "nothing yet");
        bar?.show(4, 4, "all of it");
        bar?.stop();
        bar?.stop();
      };
    const shown = stripVTControlCharacters(shownOn(true, draw({ TERM: "xterm" })));
    expect(shown).to.match(/░{30} 0% nothing yet/);
    expect(shown).to.match(/█{30} 100% all of it\n$/);
    expect(shownOn(true, draw({ TERM: "dumb" }))).to.equal("");
    expect(shownOn(false, draw({ TERM: "xterm" }))).to.equal("");
  });
});
