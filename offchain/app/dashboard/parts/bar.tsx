import type { JSX } from "preact";

const clamp = (share: number): number => 100 * Math.min(1, Math.max(0, share));

/** A share of a whole as a bar; whoever cannot see it finds the figure beside it. */
export function Bar({ share }: { readonly share: number }): JSX.Element {
  return (
    <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="bar-all" width="100" height="8" />
      <rect class="bar-part" width={clamp(share)} height="8" />
    </svg>
  );
}

interface IntervalProps {
  readonly low: number;
  readonly mean: number;
  readonly high: number;
}

/** An estimate between 0 and 1 with its interval; the figures stand beside it. */
export function Interval({ low, mean, high }: IntervalProps): JSX.Element {
  return (
    <svg class="interval" viewBox="0 0 200 20" preserveAspectRatio="none" aria-hidden="true">
      {[0, 0.25, 0.5, 0.75, 1].map((at) => (
        <line key={at} class="interval-grid" x1={2 * clamp(at)} x2={2 * clamp(at)} y1="0" y2="20" />
      ))}
      <rect
        class="interval-range"
        x={2 * clamp(low)}
        width={2 * (clamp(high) - clamp(low))}
        y="6"
        height="8"
      />
      <line class="interval-mean" x1={2 * clamp(mean)} x2={2 * clamp(mean)} y1="2" y2="18" />
    </svg>
  );
}
