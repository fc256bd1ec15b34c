/** The stages of many epochs as a picture. */
import type { JSX } from "preact";

import type { Schemas } from "../data/relay.ts";
import { Scroll } from "../parts/scroll.tsx";
import { STAGES, stagesOf } from "./stages.ts";

type Row = Schemas["EpochRow"];

const CELL = 26;
const LEFT = 80;
const TOP = 8;
/** Every so many epochs one is named. */
const NAMED = 5;

/** Stages from top to bottom, epochs from left to right; the table below tells the same. */
export function Timeline({ rows }: { readonly rows: readonly Row[] }): JSX.Element {
  const width = CELL * rows.length;
  const height = TOP + CELL * STAGES.length + 22;
  return (
    <>
      <div class="timelines">
        <svg width={LEFT} height={height} aria-hidden="true">
          {STAGES.map((stage, y) => (
            <text key={stage} class="timeline-name" x={LEFT - 8} y={TOP + CELL * (y + 0.5) + 4}>
              {stage}
            </text>
          ))}
        </svg>
        <Scroll name={{ "aria-label": "Epochs as a picture" }} fromEnd>
          <svg
            class="timeline"
            viewBox={`0 0 ${width} ${height}`}
            width={width}
            height={height}
            role="img"
            aria-label={`How far each of the latest ${rows.length} epochs has come; the table below tells the same.`}
          >
            {rows.map((row, x) => (
              <Epoch key={row.epoch} row={row} x={CELL * x} />
            ))}
          </svg>
        </Scroll>
      </div>
      <ul class="key" aria-label="Key">
        <li>
          <span class="mark done" aria-hidden="true" /> done
        </li>
        <li>
          <span class="mark part" aria-hidden="true" /> under way
        </li>
        <li>
          <span class="mark due" aria-hidden="true" /> to come
        </li>
        <li>
          <span class="mark bad" aria-hidden="true" /> missed or lost
        </li>
        <li>
          <span class="mark none" aria-hidden="true" /> does not apply
        </li>
      </ul>
    </>
  );
}

function Epoch({ row, x }: { readonly row: Row; readonly x: number }): JSX.Element {
  const stages = stagesOf(row);
  return (
    <g>
      {row.running && (
        <rect
          class="timeline-running"
          x={x}
          y={TOP - 4}
          width={CELL}
          height={CELL * STAGES.length + 26}
          rx="4"
        />
      )}
      {STAGES.slice(1).map((stage, i) => (
        <line
          key={stage}
          class="timeline-link"
          x1={x + CELL / 2}
          x2={x + CELL / 2}
          y1={TOP + CELL * (i + 0.5) + 7}
          y2={TOP + CELL * (i + 1.5) - 7}
        />
      ))}
      {STAGES.map((stage, y) => (
        <circle
          key={stage}
          class={`cell ${stages[stage].state}`}
          cx={x + CELL / 2}
          cy={TOP + CELL * (y + 0.5)}
          r={stages[stage].state === "none" ? 2 : 6}
        >
          <title>{`epoch ${row.epoch}, ${stage}: ${stages[stage].says}`}</title>
        </circle>
      ))}
      {row.epoch % NAMED === 0 && (
        <text class="timeline-epoch" x={x + CELL / 2} y={TOP + CELL * STAGES.length + 14}>
          {row.epoch}
        </text>
      )}
    </g>
  );
}
