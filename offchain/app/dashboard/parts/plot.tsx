import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";

import { useObservable } from "../data/observable.ts";
import { palette } from "../data/theme.ts";

export interface Line {
  readonly name: string;
  /** One of the plot colours of the style sheet. */
  readonly colour: "--plot-1" | "--plot-2" | "--plot-3" | "--plot-4";
  readonly dash?: boolean;
  readonly values: readonly number[];
  /** Exact text for the legend; `values` may be rounded. */
  readonly say: (value: number, index: number) => string;
}

interface PlotProps {
  /** Says what is drawn, for whoever does not see it; the figures themselves stand in a table near by. */
  readonly label: string;
  readonly x: readonly number[];
  readonly sayX: (x: number) => string;
  /** Whether `x` are seconds since 1970. */
  readonly time: boolean;
  readonly lines: readonly Line[];
}

const HEIGHT = 240;

/** Lines over time or epochs, with a legend that tells the latest figures, or those under the pointer. */
export function Plot(props: PlotProps): JSX.Element {
  const { label, x, lines } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const colours = useObservable(palette);
  const shape = lines.map(({ name }) => name).join();

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const made = new uPlot(optionsOf(element, latest), dataOf(latest.current), element);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [colours, shape]);

  useEffect(() => {
    plot.current?.setData(dataOf(latest.current));
  }, [x, lines]);

  return <div class="plot" role="img" aria-label={label} ref={host} />;
}

const dataOf = ({ x, lines }: PlotProps): uPlot.AlignedData => [
  [...x],
  ...lines.map(({ values }) => [...values]),
];

function optionsOf(element: HTMLElement, latest: { readonly current: PlotProps }): uPlot.Options {
  const { time, lines } = latest.current;
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const font = `12px ${style.fontFamily}`;
  const axis = {
    stroke: colour("--muted"),
    font,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line"), width: 1, size: 4 },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    scales: { x: { time }, y: { range: (_plot, low, high) => rangeOf(low, high) } },
    cursor: { y: false, points: { size: 7 } },
    legend: { markers: { width: 2 } },
    axes: [
      {
        ...axis,
        size: 30,
        ...(time ? { values: clockMarks } : { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000] }),
      },
      { ...axis, size: 64 },
    ],
    series: [
      {
        label: time ? "time" : "epoch",
        value: (_plot, value: number | null) => {
          const at = value ?? latest.current.x.at(-1);
          return at === undefined ? "–" : latest.current.sayX(at);
        },
      },
      ...lines.map(({ name, colour: key, dash }, i) => ({
        label: name,
        stroke: colour(key),
        width: 1.5,
        points: { show: !time, size: 5 },
        ...(dash === true ? { dash: [6, 4] } : {}),
        value: (_plot: uPlot, _value: number | null, _series: number, index: number | null) =>
          sayAt(latest.current.lines[i], index),
      })),
    ],
  };
}

/** Under the pointer, or of the latest point while it is elsewhere. */
function sayAt(line: Line | undefined, index: number | null): string {
  const at = index ?? (line?.values.length ?? 0) - 1;
  const value = line?.values[at];
  return line === undefined || value === undefined ? "–" : line.say(value, at);
}

/** From zero, and never of no height. */
const rangeOf = (low: number | null, high: number | null): [number, number] => [
  Math.min(0, low ?? 0),
  high === null || high <= 0 ? 1 : 1.08 * high,
];

const clockMarks = (_plot: uPlot, marks: number[]): string[] =>
  marks.map((mark) => {
    const at = new Date(1_000 * mark);
    const two = (value: number): string => String(value).padStart(2, "0");
    const seconds = marks.length > 1 && (marks[1] ?? 0) - (marks[0] ?? 0) < 60;
    return `${two(at.getHours())}:${two(at.getMinutes())}${seconds ? `:${two(at.getSeconds())}` : ""}`;
  });
