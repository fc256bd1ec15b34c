/** Whether what is written and drawn can be told from what is behind it (WCAG 2.2, contrast), in light and in dark. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

const STYLES = join(import.meta.dirname, "../../../../offchain/app/dashboard/styles");
const read = (file: string): string => readFileSync(join(STYLES, file), "utf8");

type Rgb = readonly [number, number, number];

const rgb = (hex: string): Rgb => {
  const part = (at: number): number => Number.parseInt(hex.slice(at, at + 2), 16);
  return [part(1), part(3), part(5)];
};

function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: Rgb, other: Rgb): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** `front` with that opacity over `back`. */
const over = (front: Rgb, back: Rgb, opacity: number): Rgb =>
  front.map((value, at) => opacity * value + (1 - opacity) * (back[at] ?? 0)) as unknown as Rgb;

/** Of text of any size, and of what is drawn and has to be told apart (AA). */
const [TEXT, DRAWN] = [4.5, 3];

describe("the dashboard's colours", () => {
  const palettes = new Map<string, readonly Rgb[]>(
    [...read("base.css").matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);/g)].map(
      ([, name = "", light = "", dark = ""]) => [name, [rgb(light), rgb(dark)]],
    ),
  );
  const of = (name: string, scheme: number): Rgb => {
    const colour = palettes.get(name)?.[scheme];
    if (colour === undefined) throw new RangeError(`no colour is called ${name}`);
    return colour;
  };

  it("are measured as the standard measures them", () => {
    expect(contrast(rgb("#000000"), rgb("#ffffff"))).to.be.closeTo(21, 1e-9);
    expect(contrast(rgb("#777777"), rgb("#ffffff"))).to.be.closeTo(4.48, 0.005);
    expect(over(rgb("#000000"), rgb("#ffffff"), 0.5)).to.deep.equal([127.5, 127.5, 127.5]);
  });

  for (const [scheme, name] of ["light", "dark"].entries()) {
    it(`${name}: whatever is written can be read on every ground`, () => {
      for (const text of ["text", "muted", "accent", "good", "warn", "bad"])
        for (const ground of ["page", "surface", "raised"])
          expect(
            contrast(of(text, scheme), of(ground, scheme)),
            `${text} on ${ground}`,
          ).to.be.at.least(TEXT);
      expect(contrast(of("surface", scheme), of("accent", scheme))).to.be.at.least(TEXT);
      for (const text of ["text", "warn"])
        expect(contrast(of(text, scheme), of("warn-surface", scheme))).to.be.at.least(TEXT);
    });

    it(`${name}: lines, marks and rings of focus stand out`, () => {
      const surface = of("surface", scheme);
      for (const line of ["plot-1", "plot-2", "plot-3", "plot-4", "bad", "muted"])
        expect(contrast(of(line, scheme), surface), line).to.be.at.least(DRAWN);
      for (const ground of ["page", "surface", "raised"])
        expect(contrast(of("accent", scheme), of(ground, scheme)), ground).to.be.at.least(DRAWN);
      const opacity = Number(
        /\.interval-range \{[^}]*fill-opacity: ([\d.]+)/.exec(read("plot.css"))?.[1],
      );
      const range = over(of("plot-1", scheme), surface, opacity);
      expect(contrast(range, surface), "interval").to.be.at.least(DRAWN);
    });
  }
});
